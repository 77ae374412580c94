package conformance

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// A document on the command line names functions, which come and change with it. One
// that comes any other way must not name code to run, and is refused with the member.
func TestFunctionsOfADocument(t *testing.T) {
	needs.Program(t, "node")
	dir := t.TempDir()
	path := filepath.Join(dir, "gateway.yaml")
	save := func(name, text string) {
		t.Helper()
		must(t, os.WriteFile(filepath.Join(dir, name+".new"), []byte(text), 0o600))
		must(t, os.Rename(filepath.Join(dir, name+".new"), filepath.Join(dir, name)))
	}
	must(t, os.MkdirAll(filepath.Join(dir, "talk"), 0o755))
	must(t, os.MkdirAll(filepath.Join(dir, "layer", "nodejs", "node_modules"), 0o755))
	save("talk/index.mjs", "export const handler = async () => process.env.SAY;")
	save("layer/nodejs/node_modules/said.js", "exports.said = 'by a layer';")
	save("talk/layered.js", "exports.handler = async () => require('said').said;")
	save("talk/own.sh", "#!/bin/sh\nexec node own.js\n")
	must(t, os.Chmod(filepath.Join(dir, "talk", "own.sh"), 0o700))
	save("talk/own.js", "(async () => { const at = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/`; for (;;) { const next = await fetch(at + 'next'); await next.text(); await fetch(at + next.headers.get('lambda-runtime-aws-request-id') + '/response', { method: 'POST', body: '\"by a command\"' }); } })();")
	const one = "dragoman: 1\nregions: {}\nfunctions:\n  talk: {dir: ./talk, environment: {SAY: one}}\n"
	save("gateway.yaml", one+"  layered: {dir: talk, handler: layered.handler, layers: [layer]}\n  own: {dir: talk, command: [./own.sh]}\n")
	serve := binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--config", "gateway.yaml")
	serve.Dir = dir // so that all paths of the document are relative
	p, err := run(t, serve)
	must(t, err)
	ask := func(method, to, body string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.management+to, strings.NewReader(body))
		must(t, err)
		answer, err := http.DefaultClient.Do(request)
		must(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		must(t, err)
		return answer.StatusCode, string(text)
	}
	invoke := func(name string) string {
		t.Helper()
		_, text := ask("POST", "/2015-03-31/functions/"+name+"/invocations", "{}")
		return text
	}
	if got := invoke("talk"); got != `"one"` {
		t.Errorf("got %s\n%s", got, p.log)
	}
	for name, want := range map[string]string{"layered": `"by a layer"`, "own": `"by a command"`} {
		if got := invoke(name); got != want {
			t.Errorf("%s: got %s, want %s\n%s", name, got, want, p.log)
		}
	}
	save("gateway.yaml", strings.ReplaceAll(one, "one", "two")+"  more: {dir: ./talk, environment: {SAY: more}}\n")
	eventually(t, "the document is served anew", func() bool { return invoke("more") == `"more"` })
	if got := invoke("talk"); got != `"two"` {
		t.Errorf("got %s of a function that has changed", got)
	}
	save("gateway.yaml", "dragoman: 1\nregions: {}\nfunctions:\n  talk: {dir: ./nothing}\n")
	eventually(t, "the fault is told", func() bool {
		return strings.Contains(p.log.String(), "functions.talk: its folder: ")
	})
	if got := invoke("talk"); got != `"two"` {
		t.Errorf("got %s after a fault", got)
	}

	open, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", ""))
	must(t, err)
	p = open
	if status, text := ask("PUT", "/_dragoman/configuration", one); status != 400 || !strings.Contains(text, "functions: code to run is named by a document on the command line alone") {
		t.Errorf("got %d %s for a document with code", status, text)
	}
	out, err := binary(t, "import", "--endpoint-url", "http://"+open.management, path).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "functions: code to run is named") {
		t.Errorf("got %v %s", err, out)
	}
	state := t.TempDir()
	out, err = binary(t, "import", "--data-dir", state, path).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "functions: code to run is named") {
		t.Errorf("got %v %s for an import into a directory", err, out)
	}
}
