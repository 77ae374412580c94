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
	save("talk/index.mjs", "export const handler = async () => process.env.SAY;")
	const one = "dragoman: 1\nregions: {}\nfunctions:\n  talk: {dir: ./talk, environment: {SAY: one}}\n"
	save("gateway.yaml", one)
	p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--config", path))
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
