package console

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	browserdomain "github.com/chromedp/cdproto/browser"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// copied clicks on a button that copies, and answers what is on the clipboard then.
func (b *browser) copied(name string) string {
	b.t.Helper()
	for _, permission := range []string{"clipboard-read", "clipboard-write"} {
		must(b.t, call(b, browserdomain.SetPermission, browserdomain.SetPermissionParams{Permission: &browserdomain.PermissionDescriptor{Name: permission}, Setting: browserdomain.PermissionSettingGranted, Origin: b.url}))
	}
	button := b.find("button", name)
	button.click()
	b.until("it says that it is copied", func() bool { return button.eval(`function() { return this.nextSibling.textContent; }`) == "Copied" })
	return eval[string](b, `navigator.clipboard.readText()`)
}

// runs runs what was copied, in a shell or by Python, with a key as AWS's tools find one.
func runs(t *testing.T, command string) string {
	t.Helper()
	program := []string{needs.Program(t, "bash"), "-c"}
	if strings.HasPrefix(command, "import ") {
		program = []string{needs.Program(t, "python3"), "-c"}
		if exec.Command(program[0], "-c", "import boto3").Run() != nil {
			needs.Missing(t, "boto3", "python3 does not have it")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], append(program[1:], command)...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_CONFIG_FILE=/dev/null", "no_proxy=*", "AUTHORIZATION=token-of-mine",
		"PATH="+os.Getenv("PATH")+":"+filepath.Join(os.Getenv("DRAGOMAN_NODE_MODULES"), ".bin"))
	// Somebody sits there: wscat leaves when its input has ended.
	in, typing, err := os.Pipe()
	must(t, err)
	defer in.Close()
	defer typing.Close()
	cmd.Stdin = in
	out, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(command, "--max-time") { // which ends a WebSocket that stays open
		t.Errorf("%s\nends with %v: %s", command, err, out)
	}
	return string(out)
}

// What is copied of a record works when it is run: it does again what the record tells of.
func TestCopiesWork(t *testing.T) {
	needs.Program(t, "curl")
	if _, err := os.Stat(filepath.Join(os.Getenv("DRAGOMAN_NODE_MODULES"), ".bin", "wscat")); err != nil {
		needs.Missing(t, "npm packages", err.Error())
	}
	w := newTown(t)
	b := open(t, w.gateway)
	at := func(id, name string) string {
		t.Helper()
		b.visit("/console/live/" + id)
		b.still("the trace")
		return b.copied(name)
	}
	has := func(command string, parts ...string) {
		t.Helper()
		out := runs(t, command)
		for _, part := range parts {
			if !strings.Contains(out, part) {
				t.Errorf("%s\ngives no %s: %s", command, part, out)
			}
		}
	}

	// A request by the name of its API, which few resolvers know, with what a shell could read
	// otherwise, and a header that records hide.
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+w.DataAddr()+"/pets/it's%20$HOME?q=a%26b&q=c", nil)
	must(t, err)
	r.Host = w.pets + ".execute-api.localhost"
	r.Header.Set("Authorization", "Bearer of-somebody-else")
	r.Header.Set("X-Odd", `it's "$HOME"`)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	answer.Body.Close()
	id := w.traces("?api=pets&status=200&text=HOME")[0].ID
	curl := at(id, "Copy as curl")
	if strings.Contains(curl, "of-somebody-else") {
		t.Errorf("a secret is copied: %s", curl)
	}
	has(curl, "HTTP/1.1 200", `"rawPath": "/pets/it's $HOME"`, `"rawQueryString": "q=a%26b&q=c"`, `it's \"$HOME\"`, "token-of-mine", w.pets+".execute-api.localhost")
	has(at(id, "Copy as boto3"), "200 {", `"rawPath": "/pets/it's $HOME"`, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
	if wscat := b.find("button", "Copy as wscat"); wscat.eval(`function() { return this.disabled; }`) != true {
		t.Error("a request is copied as wscat")
	}

	// A message, and what it was answered, which is posted to its connection.
	c := w.dialAt(w.shop.api, "prod")
	if got := ask(t, c, `{"action":"order","status":404,"note":"it's \"$HOME\""}`); got != `{"ok":false}` {
		t.Fatalf("got %s", got)
	}
	id = w.traces("?api=orders&route=order&text=HOME")[0].ID
	has(at(id, "Copy as wscat"), `{"ok":false}`)
	for _, name := range []string{"Copy as curl", "Copy as boto3"} {
		command := at(id, name)
		got := make(chan string, 1)
		go func() { _, frame, _ := c.Read(t.Context()); got <- string(frame) }()
		has(command)
		if frame := <-got; frame != `{"ok":false}` {
			t.Errorf("%s: the client got %q", name, frame)
		}
	}

	// A handshake with a header and a query.
	shake, _, err := websocket.Dial(t.Context(), "ws://"+w.DataAddr()+"/_aws/execute-api/"+w.shop.api+"/prod?room=a%20b", &websocket.DialOptions{HTTPHeader: http.Header{"X-Odd": {"it's"}}})
	must(t, err)
	defer shake.CloseNow()
	id = w.traces("?api=orders&status=101&text=room")[0].ID
	has(at(id, "Copy as curl"), "101 Switching Protocols")
	if wscat := at(id, "Copy as wscat"); !strings.Contains(wscat, "room=a%20b") || !strings.Contains(wscat, `-H 'X-Odd: it'\''s'`) {
		t.Errorf("got %s", wscat)
	} else {
		has(wscat+` -x '{"action":"order","status":200}' -w 2`, `{"ok":true}`)
	}
}
