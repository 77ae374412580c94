package functions

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

func read(t *testing.T, dir, text string) ([]local.Function, error) {
	t.Helper()
	node, err := tree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Read(node.Get("functions"), dir)
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	for _, below := range []string{"talk", "layer"} {
		if err := os.Mkdir(filepath.Join(dir, below), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err := read(t, dir, `functions:
  talk:
    dir: ./talk
    handler: index.handler
    runtime: nodejs22.x
    logicalId: Talk
    environment: {STAGE: dev, N: 1, ON: true}
    timeout: 1.5
    memorySize: 256
    layers: [./layer]
    reservedConcurrency: 0
    versions: ["1"]
    aliases: {live: "1"}
    build: {method: esbuild, target: X, properties: {EntryPoints: [a.ts], Minify: false}}
    events: [{qualifier: live, retries: 0, maxAge: 60}]
    logging: {format: JSON, level: DEBUG, systemLevel: WARN, group: /talk}
    inspect: 0
  other: {dir: `+filepath.Join(dir, "talk")+`, command: [./run, 1]}
`)
	if err != nil {
		t.Fatal(err)
	}
	none := 0
	want := []local.Function{{
		Name: "talk", Dir: filepath.Join(dir, "talk"), Handler: "index.handler", Runtime: "nodejs22.x", LogicalID: "Talk",
		Env: map[string]string{"STAGE": "dev", "N": "1", "ON": "true"}, Timeout: 1500 * time.Millisecond, Memory: 256,
		Layers: []local.Layer{{Dir: filepath.Join(dir, "layer")}}, Reserved: &none, Versions: []string{"1"}, Aliases: map[string]string{"live": "1"},
		Build:   local.Build{Method: "esbuild", Target: "X", Properties: map[string]json.RawMessage{"EntryPoints": json.RawMessage(`["a.ts"]`), "Minify": json.RawMessage("false")}},
		Events:  []local.Events{{Qualifier: "live", Retries: &none, Age: time.Minute}},
		Logging: local.Logging{JSON: true, Level: "DEBUG", System: "WARN", Group: "/talk"},
		Inspect: &none,
	}, {
		Name: "other", Dir: filepath.Join(dir, "talk"), Command: []string{"./run", "1"}, Handler: "bootstrap", Timeout: 3 * time.Second, Memory: 128,
		Logging: local.Logging{Group: "/aws/lambda/other"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if none, err := read(t, dir, "regions: {}"); err != nil || none != nil {
		t.Errorf("got %v %v of a document without functions", none, err)
	}
	flag := local.Function{Name: "talk", Dir: "/flag"}
	if both := Beside(got, []local.Function{flag}); len(both) != 2 || both[0].Dir != "/flag" || both[1].Name != "other" {
		t.Errorf("got %v, want the flag's function to count", both)
	}
}

// Each fault is told with its line and path.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"functions: [a]":                                                    "line 1: functions: expected a mapping of names",
		"functions:\n  f: a":                                                "line 2: functions.f: expected a mapping",
		"functions:\n  f: {handler: a.b}":                                   "line 2: functions.f: expected dir",
		"functions:\n  f:\n    dir: .\n    tracing: on":                     "line 4: functions.f.tracing: unknown member \"tracing\"",
		"functions:\n  f:\n    dir: [a]":                                    "line 3: functions.f.dir: expected a text",
		"functions:\n  f:\n    dir: ./none":                                 "line 3: functions.f: its folder: ",
		"functions:\n  f:\n    dir: .\n    runtime: java21\n    timeout: x": "line 5: functions.f.timeout: expected seconds",
		"functions:\n  f:\n    dir: .\n    memorySize: 1.5":                 "line 4: functions.f.memorySize: expected a whole number",
		"functions:\n  f:\n    dir: .\n    command: run":                    "line 4: functions.f.command: expected a list of texts",
		"functions:\n  f:\n    dir: .\n    environment: [a]":                "line 4: functions.f.environment: expected a mapping of names",
		"functions:\n  f:\n    dir: .\n    environment: {a: [b]}":           "line 4: functions.f.environment.a: expected a text",
		"functions:\n  f:\n    dir: .\n    build: {method: webpack}":        "line 4: functions.f.build.method: expected esbuild, makefile, go, rust-cargolambda, or a runtime of Java, Ruby or .NET",
		"functions:\n  f:\n    dir: .\n    logging: {format: xml}":          "line 4: functions.f.logging.format: expected JSON or Text",
		"functions:\n  f:\n    dir: .\n    events: [{retries: 0}, {x: 1}]":  "line 4: functions.f.events.1.x: unknown member \"x\"",
		"functions:\n  f:\n    dir: .\n    dir: .":                          "functions.f: ",
		"functions:\n  f:\n    dir: .\n    command: [x]\n    memorySize: 1": "functions.f: 1 MB of memory",
	} {
		_, err := read(t, dir, text)
		if _, ok := errors.AsType[*tree.Error](err); !ok || !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), ": "+want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// All faults are told at once, of all functions.
func TestAllFaults(t *testing.T) {
	_, err := read(t, t.TempDir(), "functions:\n  f: {dir: [a], timeout: soon, tracing: on}\n  g: {handler: a.b, memorySize: much}\n  h h: {dir: none}")
	var told []string
	for _, e := range Faults(err) {
		told = append(told, fmt.Sprintf("%d:%d %s", e.Line, e.Column, e.Path))
	}
	want := []string{"2:12 functions.f.dir", "2:26 functions.f.timeout", "2:41 functions.f.tracing", "3:33 functions.g.memorySize", "3:6 functions.g", "4:8 functions.h h", "4:8 functions.h h"}
	if !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
}
