package conformance

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/resource"
)

// writing keeps a gateway busy until it is stopped: each API that is made is made whole.
func writing(t *testing.T, g *gateway) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			default:
				if n >= 100 { // each is looked at later
					<-quit
					return
				}
				_, _ = g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("meanwhile"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://127.0.0.1:1/")})
			}
		}
	}()
	return func() { close(quit); <-done }
}

// A state goes from a directory to a database, to another database and back to a directory,
// each time beside a gateway that serves it and is written to. What was acknowledged before
// is there, with what keys have used, and a deployment that was frozen; what holds something
// is left alone.
func TestCopy(t *testing.T) {
	t.Parallel()
	database := needs.Postgres(t)
	folder := t.TempDir()
	withPassword := func(schema string) string {
		return strings.Replace(database.URL(schema), "dragoman@", "dragoman:"+storePassword+"@", 1)
	}
	first, second := withPassword("first"), withPassword("second")
	file := filepath.Join(folder, "store")
	must(t, os.WriteFile(file, []byte(second+"\n"), 0o600))
	copied := func(want bool, args ...string) string {
		t.Helper()
		out, err := command(t, append([]string{"copy"}, args...)...)
		if (err == nil) != want || strings.Contains(out, storePassword) || strings.Contains(out, "\x1b") {
			t.Fatalf("copy %q: got %v %s, want success %t, no password and no progress bar", args, err, out, want)
		}
		return out
	}

	state, back := filepath.Join(folder, "state"), filepath.Join(folder, "back")
	g, _ := started(t, "--drain", "300ms", "--data-dir", state)
	a := guarded(g)
	value, plan := a.planFor(client.CreateUsagePlanInput{Quota: &resource.QuotaSettings{Limit: 1000, Period: "MONTH"}})
	a.expectHandshake("with the key", 101, "", "x-api-key", value)
	large := g.socketApi(mock(), mockReply(strings.Repeat("large ", 2000)))
	used := func(g *gateway) (n int64) {
		today := time.Now().UTC()
		got, err := g.older().GetUsage(t.Context(), &client.GetUsageInput{UsagePlanId: plan, StartDate: today.AddDate(0, 0, -1).Format(time.DateOnly), EndDate: today.Format(time.DateOnly)})
		must(t, err)
		for _, days := range got.Items {
			for _, day := range days {
				n += int64(day[0])
			}
		}
		return n
	}
	eventually(t, "counts are kept", func() bool { return used(g) == 1 })
	check := func(name string, g *gateway, from map[string]string, want int64) {
		t.Helper()
		have := names(t, g.sdk)
		for id := range from {
			if have[id] == "" {
				t.Errorf("%s: the API %s was acknowledged before and is missing", name, id)
			}
		}
		for id := range have {
			if routes, err := g.sdk.GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: aws.String(id)}); err != nil || len(routes.Items) == 0 {
				t.Errorf("%s: the API %s is half there: %v", name, id, err)
			}
		}
		b := &socketApi{gateway: g, id: large.id}
		if got := b.ask(b.dial(nil), `{"action":"ask"}`); got != strings.Repeat("large ", 2000) {
			t.Errorf("%s answers %d bytes, want what was deployed", name, len(got))
		}
		if got := used(g); got != want {
			t.Errorf("%s: keys have used %d, want %d", name, got, want)
		}
	}

	before, stop := names(t, g.sdk), writing(t, g)
	out := copied(true, "--from", state, "--to", first)
	stop()
	if at, _ := url.Parse(first); !strings.HasPrefix(out, "postgres://127.0.0.1:"+at.Port()+"/postgres: ") || !strings.Contains(out, " documents and 1 counts of usage, of "+state+" at revision ") {
		t.Errorf("copy says %q", out)
	}
	if out := copied(false, "--from", state, "--to", first); !strings.Contains(out, "--replace") {
		t.Errorf("onto what holds something: %s", out)
	}
	if out := copied(false, "--from", state, "--to", state+"/../state", "--replace"); !strings.Contains(out, "comes from this directory") {
		t.Errorf("onto itself: %s", out)
	}
	g.stop()

	g, _ = started(t, "--drain", "300ms", "--store", first, "--data-dir", "")
	check("the database", g, before, 1)
	b := &socketApi{gateway: g, id: a.id}
	b.expectHandshake("with the key", 101, "", "x-api-key", value)
	eventually(t, "counts are kept", func() bool { return used(g) == 2 })
	before, stop = names(t, g.sdk), writing(t, g)
	copied(true, "--from", first, "--to-file", file)
	copied(true, "--from", first, "--to", back)
	stop()
	if out := copied(false, "--from", first, "--to", first, "--replace"); !strings.Contains(out, "comes from this database") {
		t.Errorf("onto itself: %s", out)
	}
	copied(false, "--from", first, "--to", back)
	g.stop()
	for name, flags := range map[string][]string{"the other database": {"--store-file", file, "--data-dir", ""}, "the directory": {"--data-dir", back}} {
		g, _ := started(t, append(flags, "--drain", "300ms")...)
		check(name, g, before, 2)
		g.stop()
	}
	if ids := database.SQL(`SELECT count(DISTINCT id) FROM (SELECT id, secret FROM first.dragoman_feed UNION ALL SELECT id, secret FROM second.dragoman_feed) f`); strings.TrimSpace(ids) != "2" {
		t.Error("two databases have one id")
	}

	// What is put in the place of a state while a gateway serves that is served.
	g, _ = started(t, "--drain", "300ms", "--store-file", file, "--data-dir", "")
	h, _ := started(t, "--drain", "300ms", "--data-dir", filepath.Join(folder, "small"))
	small := h.socketApi(mock(), mockReply("small"))
	copied(true, "--from", filepath.Join(folder, "small"), "--to-file", file, "--replace")
	eventually(t, "the gateway serves what was put in place", func() bool { return len(names(t, g.sdk)) == 1 })
	c := &socketApi{gateway: g, id: small.id}
	eventually(t, "the new API is served", func() bool {
		conn, err := dial(t, "ws://"+g.DataAddr()+"/_aws/execute-api/"+small.id+"/prod")
		if err != nil {
			return false
		}
		return c.ask(conn, `{"action":"ask"}`) == "small"
	})
}
