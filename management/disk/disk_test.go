package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// folder is one with files in it, and a file beside it that is nobody's business.
func folder(t *testing.T) *Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "here")
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ask.vtl", "#set($a = 1)\n${env:NAME} $context.stage\n")
	write("below/number", "42\r\n")
	write("../secret", "hunter2")
	write("large", strings.Repeat("x", mostFile+1))
	for link, to := range map[string]string{"inside": "below/number", "outside": "../secret", "below/up": "../../secret", "folder": "..", "absolute": filepath.Join(dir, "../secret")} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	variables := map[string]string{"NAME": "n", "PORT": "8080", "YES": "true", "EMPTY": "", "TRICK": "${env:NAME}", "LONG": strings.Repeat("x", mostFile)}
	return &Folder{Path: dir, Lookup: func(name string) (string, bool) { v, ok := variables[name]; return v, ok }}
}

func complete(f *Folder, text string) (string, error) {
	root, err := tree.Parse([]byte(text))
	if err != nil {
		return "", err
	}
	if wrong := f.Complete(root); len(wrong) > 0 {
		return "", wrong[0]
	}
	out, err := root.IndentedJSON()
	return strings.Join(strings.Fields(string(out)), " "), err
}

func TestComplete(t *testing.T) {
	f := folder(t)
	for text, want := range map[string]string{
		`a: x${env:NAME}y`:                          `{ "a": "xny" }`,
		`a: ${env:NAME}${env:NAME}`:                 `{ "a": "nn" }`,
		`a: ${env:PORT}`:                            `{ "a": 8080 }`,
		`a: "${env:PORT}"`:                          `{ "a": "8080" }`,
		`a: ${env:YES}`:                             `{ "a": true }`,
		`a: ${env:NONE:-otherwise}`:                 `{ "a": "otherwise" }`,
		`a: "${env:NONE:-}"`:                        `{ "a": "" }`,
		`a: "${env:EMPTY:-x}"`:                      `{ "a": "" }`,
		`a: [1, "${env:NAME}", {b: "${env:NAME}"}]`: `{ "a": [ 1, "n", { "b": "n" } ] }`,
		`a: ${env:TRICK}`:                           `{ "a": "${env:NAME}" }`, // once, and not again
		`a: $${env:NAME}`:                           `{ "a": "${env:NAME}" }`,
		`a: $${file:ask.vtl}`:                       `{ "a": "${file:ask.vtl}" }`,
		`${env:NAME}: key`:                          `{ "${env:NAME}": "key" }`,
		`a: ${request.method} $$ ${ {x`:             `{ "a": "${request.method} $$ ${ {x" }`,
		`a: ${stageVariables.b}/$context.c`:         `{ "a": "${stageVariables.b}/$context.c" }`,
		`a: ${file:ask.vtl}`:                        `{ "a": "#set($a = 1)\n${env:NAME} $context.stage" }`,
		`a: ${file:below/number}`:                   `{ "a": "42" }`,
		`a: ${file:inside}`:                         `{ "a": "42" }`,
		`{"a": "${file:below/number}"}`:             `{ "a": "42" }`,
		"a: &x ${env:NAME}\nb: *x":                  `{ "a": "n", "b": "n" }`,
	} {
		if got, err := complete(f, text); err != nil || got != want {
			t.Errorf("%s: got %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	f := folder(t)
	for text, want := range map[string]string{
		`a: ${env:NONE}`:                "line 1: a: there is no variable NONE",
		"a:\n  - b: ${env:1X}":          "line 2: a.b: ${env:1X}: want the name of a variable",
		`a: ${env:}`:                    "want the name",
		`a: "${env:NAME"`:               "not closed",
		`a: x ${file:ask.vtl}`:          "must be the whole value",
		`a: ${file:none}`:               "no such file",
		`a: ${file:../secret}`:          "below the document's folder",
		`a: ${file:below/../../secret}`: "below the document's folder",
		`a: ${file:below/../ask.vtl}`:   "below the document's folder",
		`a: ${file:/etc/passwd}`:        "below the document's folder",
		`a: ${file:.}`:                  "it is no file",
		`a: ${file:}`:                   "below the document's folder",
		`a: '${file:below\number}'`:     "below the document's folder",
		`a: ${file:outside}`:            "escapes",
		`a: ${file:below/up}`:           "escapes",
		`a: ${file:folder/secret}`:      "escapes",
		`a: ${file:absolute}`:           "escapes",
		`a: ${file:below}`:              "it is no file",
		`a: ${file:large}`:              "a file may have",
		`a: ${env:LONG}${env:LONG}`:     "variables make more",
	} {
		got, err := complete(f, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v, want %q", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error tells what the file holds: %v", text, err)
		}
	}
}

// All that is not there is told at once, and stands for nothing afterwards.
func TestToldAtOnce(t *testing.T) {
	root, err := tree.Parse([]byte("a: ${env:NONE}\nb: [ok, \"${file:none}\"]\nc: ${env:NAME}\nd: &x ${env:OTHER}\ne: *x\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := folder(t)
	var asked []string
	f.Asked = func(path string) { asked = append(asked, path) }
	var told []string
	for _, e := range f.Complete(root) {
		told = append(told, fmt.Sprintf("%d:%d %s", e.Line, e.Column, e.Path))
	}
	if got, want := strings.Join(told, "; "), "1:4 a; 2:9 b; 4:4 d"; got != want {
		t.Errorf("told of %s, want %s", got, want)
	}
	if !root.Get("a").Unread() || !root.Get("b").Items()[1].Unread() || root.Get("c").Text() != "n" || !root.Get("e").Unread() {
		t.Errorf("what is left is %+v", root)
	}
	if len(asked) != 1 || asked[0] != filepath.Join(f.Path, "none") {
		t.Errorf("asked for %q", asked)
	}
}

func TestChanged(t *testing.T) {
	f := folder(t)
	if _, err := complete(f, "a: ${file:ask.vtl}"); err != nil || f.Changed() {
		t.Fatalf("got %v, changed %v", err, f.Changed())
	}
	if err := os.WriteFile(filepath.Join(f.Path, "ask.vtl"), []byte("another text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !f.Changed() {
		t.Error("a file that has changed was not seen")
	}
	if _, err := complete(f, "a: ${file:ask.vtl}"); err != nil || f.Changed() {
		t.Fatalf("got %v, changed %v", err, f.Changed())
	}
	_ = os.Remove(filepath.Join(f.Path, "ask.vtl"))
	if !f.Changed() {
		t.Error("a file that is gone was not seen")
	}
}
