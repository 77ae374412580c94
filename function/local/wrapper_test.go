package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// wrapperScript is as AWS's documentation has one: it gets the interpreter and its arguments,
// and adds some before the last one.
const wrapperScript = `#!/bin/bash
args=("$@")
export WRAPPED="${0##*/}"
case $1 in *node) extra=(--title=wrapped) ;; *python3*) extra=(-X dev) ;; *) extra=(extra) ;; esac
exec "${args[@]:0:$#-1}" "${extra[@]}" "${args[@]: -1}"
`

// A script that AWS_LAMBDA_EXEC_WRAPPER names starts the runtime, wherever on Lambda it is,
// and no script starts what is a runtime of its own.
func TestWrapperScripts(t *testing.T) {
	needs.Program(t, "bash")
	layer := files(t, "-- wrapper --\n"+wrapperScript+"-- bin/plain --\n")
	if err := os.Chmod(filepath.Join(layer, "wrapper"), 0o755); err != nil {
		t.Fatal(err)
	}
	earlier := files(t, "-- wrapper --\n#!/bin/sh\nexit 9\n")
	if err := os.Chmod(filepath.Join(earlier, "wrapper"), 0o755); err != nil {
		t.Fatal(err)
	}
	const node, python = "-- index.js --\nexports.handler = async () => [process.env.WRAPPED, process.title];\n", "-- app.py --\nimport os, sys\ndef handler(e, c): return [os.environ.get('WRAPPED'), sys.flags.dev_mode]\n"
	const typed = "-- index.ts --\nexport const handler = async () => [process.env.WRAPPED, process.title] as string[];\n"
	const bootstrap = "-- bootstrap --\n#!/bin/sh\napi=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\nid=$(curl -sS -o /dev/null -D - $api/invocation/next | grep -i '^lambda-runtime-aws-request-id:' | tr -d '\\r' | cut -d' ' -f2)\ncurl -sS -o /dev/null $api/invocation/$id/response -d \"\\\"${WRAPPED:-by itself}\\\"\"\n"
	for _, row := range []struct{ name, program, archive, runtime, wrapper, want string }{
		{"of a layer", "node", node, "nodejs22.x", "/opt/wrapper", `["wrapper","wrapped"]`},
		{"of the code", "node", node + "-- bin/own --\n" + wrapperScript, "nodejs22.x", "/var/task/bin/own", `["own","wrapped"]`},
		{"by a relative name", "node", node + "-- bin/own --\n" + wrapperScript, "nodejs22.x", "bin/own", `["own","wrapped"]`},
		{"by its own path", "node", node, "nodejs22.x", filepath.Join(layer, "wrapper"), `["wrapper","wrapped"]`},
		{"of a bundle", "node", typed, "nodejs22.x", "/opt/wrapper", `["wrapper","wrapped"]`},
		{"Python", "python3", python, "python3.12", "/opt/wrapper", `["wrapper", true]`},
		{"none", "node", node, "nodejs22.x", "", `[null,"node"]`},
		{"a runtime of the operating system alone", "curl", bootstrap, "provided.al2023", "/opt/wrapper", `"by itself"`},
		{"that is not there", "node", node, "nodejs22.x", "/opt/missing", "!AWS_LAMBDA_EXEC_WRAPPER: /opt/missing: does not exist"},
		{"that cannot be run", "node", node, "nodejs22.x", "/opt/bin/plain", "!AWS_LAMBDA_EXEC_WRAPPER: /opt/bin/plain: is not an executable"},
	} {
		t.Run(row.name, func(t *testing.T) {
			needs.Program(t, row.program)
			dir := files(t, row.archive)
			for _, script := range []string{"bin/own", "bootstrap"} {
				if err := os.Chmod(filepath.Join(dir, script), 0o755); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			g := run(t, Options{}, Function{Name: "f", Dir: dir, Runtime: row.runtime, Layers: []Layer{{Dir: earlier}, {Dir: layer}}, Env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": row.wrapper}, Timeout: 20 * time.Second})
			got := g.ask("f", "1")
			if want, ok := strings.CutPrefix(row.want, "!"); ok && (!strings.HasPrefix(got, "!") || !strings.Contains(got, want)) || !ok && got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
		})
	}
}
