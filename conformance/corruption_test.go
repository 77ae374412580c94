package conformance

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// kept is a data directory: its files by name, and the configuration that was
// acknowledged when they were as they are.
type kept struct {
	files         map[string][]byte
	configuration string
}

const (
	stateDB    = "dragoman.db"
	stateLog   = "dragoman.db-wal"
	stateCount = "dragoman.count"
)

// keep copies a data directory that nobody uses.
func keep(t *testing.T, dir, configuration string) kept {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	k := kept{map[string][]byte{}, configuration}
	for _, e := range entries {
		if !e.IsDir() && e.Name() != "lock" && e.Name() != "dragoman.db-shm" {
			k.files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
			must(t, err)
		}
	}
	return k
}

// with is the directory with another content of a file, or without one for nil.
func (k kept) with(name string, b []byte) kept {
	files := maps.Clone(k.files)
	if files[name] = b; b == nil {
		delete(files, name)
	}
	return kept{files, k.configuration}
}

// flipped has one bit of a file changed.
func (k kept) flipped(name string, at int, bit uint) kept {
	b := slices.Clone(k.files[name])
	b[at] ^= 1 << bit
	return k.with(name, b)
}

func (k kept) put(t *testing.T) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	must(t, err)
	for name, b := range k.files {
		must(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	return dir
}

// exported is the whole configuration that a gateway serves, as text.
func exported(t *testing.T, management string) string {
	t.Helper()
	r, err := http.Get("http://" + management + "/_dragoman/configuration")
	must(t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	must(t, err)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("the configuration: got %d %s", r.StatusCode, text)
	}
	return string(text)
}

// difference is the first line that two texts do not share.
func difference(got, want string) string {
	have, wanted := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(have), len(wanted)) {
		if have[i] != wanted[i] {
			return fmt.Sprintf("line %d is %.80q, want %.80q", i+1, have[i], wanted[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(have), len(wanted))
}

// written fills a gateway: APIs that are made, changed and deleted, and one whose
// deployment is large. No stage deploys by itself, which would be a write at its own time.
func written(t *testing.T, g *gateway, apis int) {
	t.Helper()
	for i := range apis {
		api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
			Name: aws.String(fmt.Sprintf("api-%03d", i)), ProtocolType: types.ProtocolTypeHttp,
		})
		must(t, err)
		integration := proxyTo("http://127.0.0.1:1/")
		integration.ApiId = api.ApiId
		made, err := g.sdk.CreateIntegration(t.Context(), &integration)
		must(t, err)
		_, err = g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{
			ApiId: api.ApiId, RouteKey: aws.String("GET /"), Target: aws.String("integrations/" + *made.IntegrationId)})
		must(t, err)
		switch i % 5 {
		case 1:
			_, err = g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: api.ApiId, Description: aws.String(strings.Repeat(fmt.Sprint("changed ", i, " "), 40))})
		case 2:
			_, err = g.sdk.DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: api.ApiId})
		}
		must(t, err)
	}
	a := g.socketApi(mock(), mockReply(strings.Repeat("a long template ", 1500)))
	a.deploy()
}

// states are data directories as a gateway leaves them that was killed, and one that
// was stopped.
func states(t *testing.T) map[string]kept {
	dir := t.TempDir()
	g, p := started(t, "--data-dir", dir)
	written(t, g, 25)
	before := exported(t, p.management)
	p.kill()
	killed := keep(t, dir, before)

	dir = killed.put(t)
	g, p = started(t, "--data-dir", dir)
	if got := exported(t, p.management); got != before {
		t.Fatalf("after kill -9 the configuration is another: %s", difference(got, before))
	}
	g.stop() // which moves the log into the database
	stopped := keep(t, dir, before)

	dir = stopped.put(t)
	g, p = started(t, "--data-dir", dir)
	written(t, g, 10)
	before = exported(t, p.management)
	p.kill()
	return map[string]kept{"killed": killed, "stopped": stopped, "killed later": keep(t, dir, before)}
}

// served starts a gateway on a directory: it says that it is damaged, and where, or
// serves what was acknowledged, to the byte.
func served(t *testing.T, k kept, flags ...string) (refusal, configuration string) {
	t.Helper()
	dir := k.put(t)
	defer os.RemoveAll(dir)
	p, err := launch(t, append(flags, "--data-dir", dir)...)
	if err != nil {
		for _, want := range []string{"exit status 1:", "--data-dir " + dir + ": the state is damaged: ", "--accept-loss", "dragoman restore"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the refusal has no %q: %v", want, err)
			}
		}
		return err.Error(), ""
	}
	defer p.kill()
	return "", exported(t, p.management)
}

// Flips of bits at places that a fixed seed draws, in each file.
func TestCorruptionFlips(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	all := states(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		k := all[name]
		for _, file := range slices.Sorted(maps.Keys(k.files)) {
			b, refused := k.files[file], 0
			if len(b) == 0 {
				continue
			}
			const flips = 12
			for n := range flips {
				at := random.IntN(len(b))
				if n%4 == 0 {
					at = random.IntN(min(len(b), 100))
				}
				bit := uint(random.IntN(8))
				refusal, got := served(t, k.flipped(file, at, bit))
				if refusal != "" {
					refused++
				} else if got != k.configuration {
					t.Errorf("%s, %s: bit %d of byte %d has changed, and so has what is served: %s", name, file, bit, at, difference(got, k.configuration))
				}
			}
			t.Logf("%s, %s: %d of %d flips were refused, the others were of no account", name, file, refused, flips)
			if file == stateLog && refused == 0 {
				t.Errorf("%s: no flip of the log was noticed", name)
			}
		}
	}
}

// What is cut, lost or of another time is refused, and named.
func TestCorruptionIsNamed(t *testing.T) {
	all := states(t)
	killed, stopped, later := all["killed"], all["stopped"], all["killed later"]
	half := func(k kept, name string) kept { return k.with(name, k.files[name][:len(k.files[name])/2]) }
	for name, row := range map[string]struct {
		state kept
		says  string
	}{
		"the log is gone":           {killed.with(stateLog, nil), "was acknowledged"},
		"the log is cut":            {half(killed, stateLog), "the newest writes are lost"},
		"the log is empty":          {killed.with(stateLog, []byte{}), "was acknowledged"},
		"the log of later is gone":  {later.with(stateLog, nil), "the newest writes are lost"},
		"the log of later is cut":   {half(later, stateLog), "the newest writes are lost"},
		"the database is cut":       {half(stopped, stateDB), stateDB},
		"the database is gone":      {stopped.with(stateDB, nil), "missing or empty"},
		"the database is empty":     {stopped.with(stateDB, []byte{}), "missing or empty"},
		"the database is text":      {stopped.with(stateDB, []byte(strings.Repeat("text ", 2000))), "not a database"},
		"the database is older":     {later.with(stateLog, nil).with(stateDB, stopped.files[stateDB]), "the newest writes are lost"},
		"the count is gone":         {stopped.with(stateCount, nil), "dragoman.count is missing"},
		"the count is cut":          {stopped.with(stateCount, []byte("drgm")), "dragoman.count"},
		"a name has changed":        {renamed(t, stopped, "api-003", "api-0o3"), "fails its checksum"},
		"a name is another's":       {renamed(t, stopped, "api-003", "api-004"), "fails its checksum"},
		"a description has changed": {renamed(t, stopped, "changed 11 changed 11", "changed 11 Changed 11"), "fails its checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			refusal, got := served(t, row.state)
			if refusal == "" || !strings.Contains(refusal, row.says) {
				t.Errorf("got %q, served %.200q, want %q", refusal, got, row.says)
			}
			acceptsLoss(t, row.state)
		})
	}
}

// renamed has a text in the database replaced by one of the same length, also where
// pages have room that nothing is kept in any more.
func renamed(t *testing.T, k kept, from, to string) kept {
	t.Helper()
	b := string(k.files[stateDB])
	if !strings.Contains(b, from) || len(from) != len(to) {
		t.Fatalf("there is no %q to replace", from)
	}
	return k.with(stateDB, []byte(strings.ReplaceAll(b, from, to)))
}

// acceptsLoss starts a gateway that goes on with what is whole, says what is lost,
// serves nothing that was never written, and needs no flag the next time.
func acceptsLoss(t *testing.T, k kept) {
	t.Helper()
	dir := k.put(t)
	p, err := launch(t, "--data-dir", dir, "--accept-loss")
	must(t, err)
	eventually(t, "the log says what is lost", func() bool {
		log := p.log.String()
		return strings.Contains(log, `msg="accepted loss"`) && strings.Contains(log, "documents are whole and go on; the damaged files are in "+dir)
	})
	first := exported(t, p.management)
	for line := range strings.Lines(first) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "name: api-"); ok && !strings.Contains(k.configuration, "name: api-"+strings.TrimSpace(name)+"\n") && !deleted(name) {
			t.Errorf("an API is served that nobody made: %s", line)
		}
	}
	g := &gateway{p, sdkFor("http://" + p.management), t, func() {}}
	written(t, g, 3)
	now := exported(t, p.management)
	p.kill()
	again, err := launch(t, "--data-dir", dir)
	must(t, err)
	if got := exported(t, again.management); got != now {
		t.Errorf("after the loss was accepted, what was written then is not served: %s", difference(got, now))
	}
	again.kill()
}

// deleted says whether written deletes an API of this number.
func deleted(number string) bool {
	n := 0
	_, err := fmt.Sscanf(strings.TrimSpace(number), "%d", &n)
	return err == nil && n%5 == 2
}

// A healthy state starts, whenever its gateway was killed: while it starts, writes, or
// is told to end.
func TestKilledAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(9, 3))
	acknowledged := map[string]string{} // names by id
	for round := range 15 {
		p, err := launch(t, "--data-dir", dir)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		sdk := sdkFor("http://" + p.management)
		have := names(t, sdk)
		for id, name := range acknowledged {
			if have[id] != name {
				t.Fatalf("round %d: %s was acknowledged as %q, is %q", round, id, name, have[id])
			}
		}
		for i := range 3 + random.IntN(8) {
			name := fmt.Sprintf("api-%d-%d", round, i)
			api, err := sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: &name, ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://127.0.0.1:1/")})
			must(t, err)
			acknowledged[*api.ApiId] = name
		}
		gone := make(chan struct{})
		go func() { // a write that nobody waits for
			defer close(gone)
			_, _ = sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("late"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://127.0.0.1:1/")})
		}()
		if round%3 == 1 {
			_ = p.Process.Signal(os.Interrupt)
		}
		for range random.IntN(20000) { // some microseconds
			random.Uint64()
		}
		p.kill()
		<-gone
		if round%4 == 3 { // and one that has hardly begun
			cmd := binary(t, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0")
			must(t, cmd.Start())
			for range random.IntN(4) * 5_000_000 {
				random.Uint64()
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
}

func names(t *testing.T, sdk *apigatewayv2.Client) map[string]string {
	t.Helper()
	found := map[string]string{}
	for in := (&apigatewayv2.GetApisInput{MaxResults: aws.String("500")}); ; {
		page, err := sdk.GetApis(t.Context(), in)
		must(t, err)
		for _, api := range page.Items {
			found[*api.ApiId] = *api.Name
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return found
		}
	}
}
