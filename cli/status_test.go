package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every command that is called wrongly exits with 2, whoever finds it: who reads flags,
// who counts arguments, or the command. What goes wrong otherwise is 1.
func TestStatuses(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "none"))
	openapi := filepath.Join(dir, "openapi.json")
	if err := os.WriteFile(openapi, []byte(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]int{
		"--nonsense": 2, "nonsense": 2, "version": 0, "version more": 2, "help nonsense": 0,
		"serve --nonsense": 2, "serve more": 2, "serve --listen 8080": 2, "serve --drain soon": 2, "serve --function talk": 2, "serve --runtime java21": 2,
		"serve --vpc-link x": 2, "serve --region mars": 2, "serve --auth sigv4": 2, "serve --max-body -2": 2, "serve --data-dir " + openapi + " --listen 127.0.0.1:0 --management 127.0.0.1:0": 1,
		"up --nonsense": 2, "up --port x": 2, "up " + filepath.Join(dir, "none"): 2, "demo more": 2, "trust more": 2, "trust --nonsense": 2,
		"init a b": 2, "init --runtime cobol " + dir: 2, "init " + dir: 1,
		"backup": 2, "backup a b": 2, "backup --data-dir " + filepath.Join(dir, "none") + " b": 1, "restore": 2, "export more": 2,
		"copy": 2, "copy x": 2, "copy --from x": 2, "copy --from x --from-file y --to z": 2, "copy --from mysql://h/d --to x": 2, "copy --from " + filepath.Join(dir, "none") + " --to " + filepath.Join(dir, "new"): 1, "copy --from x --to-file " + filepath.Join(dir, "none"): 1,
		"import": 2, "import --check --dry-run x": 2, "import " + filepath.Join(dir, "none"): 1, "import --check --api-id a " + openapi: 2,
		"clone": 2, "clone --all --api-id a": 2, "clone --all --account 1": 2, "clone --all --force": 2, "clone --all --functions": 2, "clone --all --to http://h/x": 2, "clone --all --to-profile p": 2,
		"render": 2, "render --template x --profile z": 2, "render --template " + openapi + " --stage-variable x": 2, "render --template " + openapi + " --context {": 2, "render --template " + filepath.Join(dir, "none"): 1,
		"api get-nothing": 252, "api get-apis --nonsense": 252,
	} {
		var stderr strings.Builder
		if got := Main(strings.Fields(line), strings.NewReader(""), io.Discard, &stderr); got != want || want > 0 && stderr.Len() == 0 {
			t.Errorf("dragoman %s: got %d, want %d\n%s", line, got, want, stderr.String())
		}
	}
}
