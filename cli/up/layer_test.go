package up_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

const layerTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      CodeUri: src
      Timeout: 20
      Layers: [!Ref Deps]
      Events: {Get: {Type: HttpApi, Properties: {Path: /, Method: GET}}}
  Deps:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: deps, CompatibleRuntimes: [nodejs20.x]}
`

// layerMakefile says what the layer says, and tells in a file each time that it does.
func layerMakefile(says, told string) string {
	return "build-Deps:\n\techo built >> " + told + "\n\tmkdir -p $(ARTIFACTS_DIR)/nodejs/node_modules/deep\n\techo \"module.exports = '" + says + "'\" > $(ARTIFACTS_DIR)/nodejs/node_modules/deep/index.js\n"
}

// A layer with a BuildMethod is built by up, once for each state of its files and in no
// folder of the user's; --check builds nothing.
func TestUpBuildsLayers(t *testing.T) {
	needs.Program(t, "node", "--version")
	needs.Program(t, "make", "--version")
	dir, told := filepath.Join(t.TempDir(), "app"), filepath.Join(t.TempDir(), "told")
	place(t, dir, map[string]string{"template.yaml": layerTemplate, "deps/Makefile": layerMakefile("one", told), "src/index.js": "exports.handler = async () => require('deep');\n"})
	times := func() int {
		text, _ := os.ReadFile(told)
		return strings.Count(string(text), "built")
	}
	if out, err := upCommand(t, dir, "--check").CombinedOutput(); err != nil || times() > 0 {
		t.Errorf("--check: got %s, %v, built %d times", out, err, times())
	}
	for range 2 {
		p := startUp(t, dir)
		p.get(p.next("ready").Data+"/", 200, "one")
		p.end()
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "deps")); times() != 1 || err != nil || len(entries) != 1 {
		t.Errorf("in two runs it was built %d times, beside it are %v, %v", times(), entries, err)
	}
	p := startUp(t, dir)
	ready := p.next("ready")
	p.get(ready.Data+"/", 200, "one")
	place(t, dir, map[string]string{"deps/Makefile": layerMakefile("two", told)})
	p.get(ready.Data+"/", 200, "two")
	place(t, dir, map[string]string{"deps/Makefile": "build-Deps:\n\techo no room >&2; false\n"})
	p.get(ready.Data+"/", 500, "")
	p.until("log", func(e upEvent) bool { return strings.Contains(e.Message, "no room") })
	p.end()
}
