package conformance

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/sigv4"
)

// A key that is limited to some APIs sees records of those alone, whichever way it asks, and
// those of another API are not there for it.
func TestKeysOfTraces(t *testing.T) {
	t.Parallel()
	file := writeKeys(t, keyFile)
	g := start(t, asking(file), recording)
	g.sdk = g.as(full, "us-east-1")
	mine, conn, _ := connected(t, g)
	other, otherConn, _ := connected(t, g)
	appendFile(t, file, "\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis="+mine.id+"\n")
	limited := aws.Credentials{AccessKeyID: "AKIDLIMITED", SecretAccessKey: "l"}
	eventually(t, "the limited key", func() bool { return g.ownAs(&limited, "GET", "/_dragoman/traces", "").StatusCode == 200 })
	if got := g.ownAs(nil, "GET", "/_dragoman/traces", ""); got.StatusCode != 403 {
		t.Errorf("nobody: got %d", got.StatusCode)
	}

	// It follows from here on.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+g.ManagementAddr()+"/_dragoman/traces/stream", nil)
	must(t, err)
	must(t, v4.NewSigner().SignHTTP(ctx, limited, r, sigv4.EmptyPayload, "apigateway", "us-east-1", time.Now()))
	stream, err := http.DefaultClient.Do(r)
	must(t, err)
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	lines.Buffer(nil, 1<<20)
	lines.Scan()

	say := func(conn *websocket.Conn, text string) {
		t.Helper()
		must(t, conn.Write(t.Context(), websocket.MessageText, []byte(text)))
		_, _, err := conn.Read(t.Context())
		must(t, err)
	}
	say(otherConn, `{"action":"nowhere","of":"others"}`)
	say(conn, `{"action":"nowhere","of":"mine"}`)
	for lines.Scan() {
		if strings.Contains(lines.Text(), other.id) || strings.Contains(lines.Text(), "others") {
			t.Errorf("the stream shows %s", lines.Text())
		}
		if strings.HasPrefix(lines.Text(), "data: ") {
			break // it came behind the other
		}
	}
	var all struct{ Traces []traced }
	must(t, json.Unmarshal([]byte(g.ownAs(&full, "GET", "/_dragoman/traces?text=nowhere", "").body), &all))
	ids := map[string]string{}
	for _, r := range all.Traces {
		ids[r.Api] = r.ID
	}
	if ids[mine.id] == "" || ids[other.id] == "" {
		t.Fatalf("whoever may see all got %+v", all)
	}
	for _, path := range []string{"/_dragoman/traces", "/_dragoman/traces?api=" + other.id, "/_dragoman/metrics", "/_dragoman/home", "/_dragoman/connections", "/_dragoman/decisions", "/_dragoman/usage", "/_dragoman/tap"} {
		if got := g.ownAs(&limited, "GET", path, ""); got.StatusCode != 200 || strings.Contains(got.body, other.id) || strings.Contains(got.body, "others") {
			t.Errorf("%s: got %d %s", path, got.StatusCode, got.body)
		}
	}
	if got := g.ownAs(&limited, "GET", "/_dragoman/traces", ""); !strings.Contains(got.body, ids[mine.id]) {
		t.Errorf("its own record is not there: %s", got.body)
	}
	for _, row := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/_dragoman/traces/" + ids[mine.id], 200},
		{"GET", "/_dragoman/traces/" + ids[other.id], 404},
		{"POST", "/_dragoman/traces/" + ids[mine.id] + "/replay", 200},
		{"POST", "/_dragoman/traces/" + ids[other.id] + "/replay", 404},
		{"POST", "/_dragoman/traces/" + ids[other.id] + "/replay?dryRun=true", 404},
		{"PUT", "/_dragoman/tap", 403}, // which is of all APIs
		{"GET", "/_dragoman/apis/" + other.id + "/picture", 403},
		{"GET", "/_dragoman/settings", 403},
		{"GET", "/_dragoman/fleet", 403},
		{"GET", "/_dragoman/logs", 403},
		{"GET", "/_dragoman/functions", 403},
		{"GET", "/_dragoman/differences?api=" + other.id + "&from=pending&to=pending", 404},
	} {
		body := ""
		if row.method == "PUT" {
			body = `{"apis":"all"}`
		}
		if got := g.ownAs(&limited, row.method, row.path, body); got.StatusCode != row.status {
			t.Errorf("%s %s: got %d %s, want %d", row.method, row.path, got.StatusCode, got.body, row.status)
		}
	}
	// To evaluate touches no API, so that it is for everybody who may call at all.
	if got := g.ownAs(&limited, "POST", "/_dragoman/evaluate/template", `{"template":"$input.body","body":"1"}`); got.StatusCode != 200 {
		t.Errorf("evaluate: got %d %s", got.StatusCode, got.body)
	}
}
