package laws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// unchecked are languages of which no tool is at hand, or which are none. Each such block says by
// its marker what it is: "shown: NAME", an output that a test of the command line prints again;
// "form", with words that stand for others; "sample", an output whose values differ each time;
// "snippet", for a program of others. Forms of docs/reference are made of the commands.
var unchecked = map[string]bool{"text": true, "csharp": true, "dockerfile": true}

// markedAs is which of these a block of a page is; "" for none.
func markedAs(at string, b codeBlock) string {
	kind, _, _ := strings.Cut(b.marker, ": ")
	switch {
	case kind == "shown", kind == "form", kind == "sample", kind == "snippet", kind == "walk":
		return kind
	case strings.HasPrefix(at, "docs/reference/"):
		return "reference"
	}
	return ""
}

// Every block of code has a fence and says what it is in, and its own tool reads it. Those behind a marker
// (<!-- walk: … -->) run in conformance, letter by letter; what is counted here is told with -v.
func TestBlocksOfDocuments(t *testing.T) {
	run, checked, marked := 0, map[string]int{}, map[string]int{}
	for _, at := range documents(t) {
		for _, b := range readDocument(t, at).blocks {
			where := fmt.Sprintf("%s:%d", at, b.line)
			language, _, _ := strings.Cut(b.info, " ")
			check := checks[language]
			switch {
			case b.indent:
				t.Errorf("%s: a block without a fence: want three backticks with its language", where)
			case check != nil:
				checked[language]++
				check(t, where, b.text)
			case unchecked[language] && markedAs(at, b) == "":
				t.Errorf("%s: a block in %s that no tool reads: want a marker that says what it is, one of shown, form, sample and snippet", where, language)
			case unchecked[language]:
				marked[markedAs(at, b)]++
			default:
				t.Errorf("%s: a block in %q: want a language that a tool here reads, or text", where, language)
			}
			if strings.HasPrefix(b.marker, "walk: ") {
				run++
			}
		}
	}
	t.Logf("blocks that run: %d; that their tools read: %v; that are marked: %v", run, checked, marked)
	if run < 5 || checked["sh"] < 60 || checked["yaml"] < 6 || checked["json"] < 7 {
		t.Errorf("run %d, checked %v: the law would hold of few", run, checked)
	}
}

// checks are the tools of languages.
var checks = map[string]func(t *testing.T, where, text string){
	"sh": func(t *testing.T, where, text string) {
		t.Helper()
		reads(t, where, text, "bash", "-n")
		commandsOf(t, where, text)
	},
	"logrotate": func(t *testing.T, where, text string) {
		t.Helper()
		t.Run(where, func(t *testing.T) {
			t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin")
			file := filepath.Join(t.TempDir(), "dragoman")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			reads(t, where, "", "logrotate", "--debug", "--state", file+".state", file)
		})
	},
	// Statements, which stand in a method of a class. It is parsed and not compiled: what it
	// imports is not here.
	"java": func(t *testing.T, where, text string) {
		t.Helper()
		t.Run(where, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Block.java")
			if err := os.WriteFile(file, []byte("class Block { void run() throws Exception {\n"+text+"\n} }\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			reads(t, where, "", "javac", "-proc:none", "-XDshould-stop.ifNoError=PARSE", file)
		})
	},
	"python": func(t *testing.T, where, text string) { t.Helper(); python(t, where, text) },
	"js":     javascript,
	"json": func(t *testing.T, where, text string) {
		t.Helper()
		for d := json.NewDecoder(strings.NewReader(text)); ; {
			var any any
			if err := d.Decode(&any); err == io.EOF {
				return
			} else if err != nil {
				t.Errorf("%s: %v", where, err)
				return
			}
		}
	},
	"yaml": func(t *testing.T, where, text string) {
		t.Helper()
		var any any
		if err := yaml.Unmarshal([]byte(text), &any); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	},
	"vtl": func(t *testing.T, where, text string) {
		t.Helper()
		if _, err := vtl.Parse(text); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	},
	// Conversations, which dragoman connect plays.
	"talk": func(t *testing.T, where, text string) {
		t.Helper()
		if lines, err := script.Parse(text, time.Second); err != nil || len(lines) == 0 {
			t.Errorf("%s: %v", where, err)
		}
	},
	// Snippets are what stands in a function or in a file; one of both is right.
	"go": func(t *testing.T, where, text string) {
		t.Helper()
		files := token.NewFileSet()
		_, file := parser.ParseFile(files, where, "package p\n"+text, parser.SkipObjectResolution)
		_, body := parser.ParseFile(files, where, "package p\nfunc f() {\n"+text+"\n}", parser.SkipObjectResolution)
		if file != nil && body != nil {
			t.Errorf("%s: %v", where, file)
		}
	},
}

// reads has a program read a text from its standard input.
func reads(t *testing.T, where, text, program string, arguments ...string) {
	t.Helper()
	cmd := exec.Command(needs.Program(t, program, "--version"), arguments...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", where, err, bytes.TrimSpace(out))
	}
}

func python(t *testing.T, where, text string) {
	t.Helper()
	reads(t, where, text, "python3", "-c", "import ast, sys; ast.parse(sys.stdin.read())")
}

// javascript is checked as a module, which imports and awaits.
func javascript(t *testing.T, where, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "block.mjs")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	reads(t, where, "", "node", "--check", file)
}
