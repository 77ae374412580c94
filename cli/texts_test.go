package cli

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/server"
)

// inside is what a text shows that was written for programmers: names of packages,
// ours or Go's, where an error begins, and words of Go's own.
func inside(t *testing.T) *regexp.Regexp {
	t.Helper()
	names := map[string]bool{"json": true, "yaml": true, "xml": true, "tls": true, "x509": true, "strconv": true, "time": true, "http": true, "net/http": true,
		"url": true, "exec": true, "sqlite": true, "sql": true, "regexp": true, "asn1": true, "os": true, "errors": true, "fmt": true}
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			names[entry.Name()] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"usage", "dragoman", "connect"} { // "usage: dragoman …" and "dragoman: …" are how lines begin; "connect: refused" is the system's
		delete(names, word)
	}
	var all []string
	for name := range names {
		all = append(all, regexp.QuoteMeta(name))
	}
	return regexp.MustCompile(`(?m)(^|: |\()(` + strings.Join(all, "|") + `)(\.\w+)?: |strconv\.|Go struct|Go value|%!|panic|goroutine|runtime error`)
}

// What a command line can get wrong is told in plain words.
func TestErrorsCarryNoPackageNames(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := filepath.Join(dir, "broken")
	if err := os.Mkdir(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "dragoman.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	defer web.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	defer secure.Close()
	var (
		text    = write("text", "this is no such file")
		yaml    = write("broken.yaml", "dragoman: 1\nregions: [")
		wrong   = write("wrong.yaml", "dragoman: 1\nregions: {us-east-1: {apis: {a: {name: [1], protocolType: HTTP}}}}")
		number  = write("number.yaml", "dragoman: 1\nregions: {us-east-1: {apis: {a: {name: a, protocolType: HTTP, integrations: {i: {integrationType: HTTP_PROXY, timeoutInMillis: soon}}}}}}")
		openapi = write("openapi.yaml", "openapi: 3.0.1\ninfo: {title: [")
		backend = write("backend.json", `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","timeoutInMillis":"soon","requestParameters":[]}}}}}`)
		cut     = write("cut.json", `{"openapi":"3.0.1",`)
		no      = write("template.vtl", "#if($a")
		serve   = "serve --data-dir  --listen 127.0.0.1:0 --management 127.0.0.1:0 "
	)
	forbidden := inside(t)
	for _, line := range []string{
		"frobnicate", "--frobnicate", "version x",
		"serve --in-flight many", "serve --drain soon", "serve --account-rate x", "serve --assume-roles=x", "serve --max-body 1.5",
		"serve --in-flight 99999999999999999999", "serve --listen 8080 --data-dir ", "serve --region mars --data-dir ",
		"serve --listen 127.0.0.1:0 --management 127.0.0.1:0 --data-dir " + text, "serve --listen 127.0.0.1:0 --management 127.0.0.1:0 --data-dir " + broken,
		serve + "--config " + yaml, serve + "--config " + wrong, serve + "--config " + text + ".none",
		serve + "--credentials " + text, serve + "--credentials " + text + ".none", serve + "--root-ca " + text,
		serve + "--function f=://", serve + "--function f", serve + "--vpc-link l=x", serve + "--access-log *=" + dir + "/none/log",
		serve + "--listen-tls 127.0.0.1:0 --certificate *=" + text + "," + text, serve + "--listen-tls 127.0.0.1:0 --certificate *=" + text + ".none," + text,
		serve + "--listen-tls 127.0.0.1:0 --certificate *=" + text + "," + text + " --truststore s3://b/k=" + text, serve + "--acme-directory ::: --listen-tls 127.0.0.1:0",
		serve + "--listen 300.0.0.1:0", serve + "--listen 127.0.0.1:http9",
		"api get-apiz", "api get-apis --max-items many", "api get-apis --no-paginate=x", "api get-api", "api create-api --cli-input-json {", "api create-api --cli-input-json [1]",
		"api create-api --cli-input-json file://" + text, "api create-api --name a --protocol-type HTTP --cors-configuration {", "api create-api --name a --protocol-type HTTP --cors-configuration {\"MaxAge\":\"x\"}",
		"api create-api --name a --protocol-type HTTP --cors-configuration MaxAge=x", "api create-api --name a --protocol-type HTTP --tags a", "api create-api --name file://" + text + ".none --protocol-type HTTP",
		"api update-integration --api-id a --integration-id b --timeout-in-millis x", "api get-apis --query a[", "api get-apis --query a --output xml",
		"api get-apis --endpoint-url http://127.0.0.1:1", "api get-apis --endpoint-url " + web.URL, "api get-apis --endpoint-url " + secure.URL, "api get-apis --endpoint-url ://", "api get-apis --endpoint-url nowhere",
		"api get-apis --endpoint-url http://[::1", "api get-apis --profile nobody",
		"export --endpoint-url http://127.0.0.1:1", "export --endpoint-url " + secure.URL, "export --data-dir " + broken, "export --data-dir " + text, "export --data-dir " + dir + "/none",
		"import " + text + ".none", "import --data-dir " + broken + " " + wrong, "import --check " + yaml, "import --check " + wrong, "import --check " + number, "import --check " + text,
		"import --check " + openapi, "import --check " + backend, "import --check " + cut, "import --endpoint-url " + web.URL + " " + backend, "import --endpoint-url " + secure.URL + " " + backend,
		"import --endpoint-url http://127.0.0.1:1 --no-sign-request " + wrong,
		"render", "render --template " + no, "render --template " + text + ".none", "render --template " + text + " --context {", "render --template " + text + " --nonsense",
	} {
		gateway(t, nil)
		code, _, stderr := dragoman(words(line)...)
		if code == 0 || strings.TrimSpace(stderr) == "" {
			t.Errorf("%s: got exit status %d and %q, want a complaint", line, code, stderr)
		}
		if found := forbidden.FindString(stderr); found != "" {
			t.Errorf("%s: got %q, which shows %q", line, stderr, found)
		}
	}
}

// words are the words of a line; two spaces hold an empty one.
func words(line string) []string { return strings.Split(line, " ") }

// An extension is on by its name alone, and by no value that somebody forgot to set.
func TestExtensionsWithoutAValue(t *testing.T) {
	for _, value := range []string{"binary=", "=true", "ping", "binary=yes", "BINARY=true"} {
		if code, _, stderr := dragoman("serve", "--data-dir", "", "--websocket-extension", value); code != 2 || !strings.Contains(stderr, "--websocket-extension "+value) {
			t.Errorf("%s: exit %d, %s", value, code, stderr)
		}
	}
	d, c := planeFlags{extensions: []string{"binary", "path=true", "close=false"}}, server.Config{}
	if err := d.apply(&c); err != nil || !c.WebSocket.Extensions.Binary || !c.WebSocket.Extensions.Path || c.WebSocket.Extensions.Close {
		t.Errorf("got %+v, %v", c.WebSocket.Extensions, err)
	}
}

// So is what the environment says.
func TestErrorsOfTheEnvironmentCarryNoPackageNames(t *testing.T) {
	forbidden := inside(t)
	for name, value := range map[string]string{"DRAGOMAN_IN_FLIGHT": "many", "DRAGOMAN_DRAIN": "soon", "DRAGOMAN_ACCOUNT_RATE": "x", "DRAGOMAN_ASSUME_ROLES": "perhaps"} {
		t.Setenv(name, value)
		code, _, stderr := dragoman("serve", "--data-dir", "")
		if code != 2 || !strings.Contains(stderr, name) || forbidden.MatchString(stderr) {
			t.Errorf("%s=%s: got %d %q, want it named in plain words", name, value, code, stderr)
		}
		os.Unsetenv(name)
	}
}
