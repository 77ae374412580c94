package source_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// A script is a txtar archive about one behaviour: each section "template" begins a case,
// "want" is the tree that is read, as JSON, and "faults" has a line for each fault.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { run(t, file) })
	}
}

func run(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(archive.Files); {
		text, want, wantFaults := string(archive.Files[i].Data), "", ""
		for i++; i < len(archive.Files) && archive.Files[i].Name != "template"; i++ {
			switch data := strings.TrimSpace(string(archive.Files[i].Data)); archive.Files[i].Name {
			case "want":
				want = data
			case "faults":
				wantFaults = data
			default:
				t.Fatalf("unknown section %s", archive.Files[i].Name)
			}
		}
		root, faults := source.Read("t.yaml", []byte(text))
		if got := lines(faults); got != wantFaults {
			t.Errorf("%s\n got faults\n%s\nwant\n%s", text, got, wantFaults)
		}
		if want == "" && len(faults) > 0 {
			continue
		}
		if got, err := root.JSON(tree.Limits{Bytes: 1 << 20}); err != nil || string(got) != want {
			t.Errorf("%s\n got %s (%v)\nwant %s", text, got, err, want)
		}
	}
}

func lines(faults []source.Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Error())
	}
	return strings.Join(all, "\n")
}

func TestPlaces(t *testing.T) {
	for name, text := range map[string]string{
		"yaml": "a: 1\nb:\n  - é: !Sub x\n",
		"json": "{\"a\":1,\n\"b\":\n\t[{\"é\": {\"Fn::Sub\": \"x\"}}]}",
	} {
		root, faults := source.Read("t."+name, []byte(text))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		at := root.Get("b").Items()[0].Get("é", "Fn::Sub")
		want := map[string][2]int{"yaml": {3, 8}, "json": {3, 21}}[name]
		if at.Text() != "x" || at.File() != "t."+name || at.Line() != want[0] || at.Column() != want[1] {
			t.Errorf("%s: got %q at %s:%d:%d, want it at %v", name, at.Text(), at.File(), at.Line(), at.Column(), want)
		}
		for key := range root.Get("b").Items()[0].Pairs() {
			if key.Line() != 3 || key.Column() != map[string]int{"yaml": 5, "json": 4}[name] || key.File() == "" {
				t.Errorf("%s: the key is at %s:%d:%d", name, key.File(), key.Line(), key.Column())
			}
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"ChatApi", "ConnectFunction", "Table"}
	for name, want := range map[string]string{"ChatAPI": "ChatApi", "ConectFunction": "ConnectFunction", "Tabel": "Table", "chat-api": "ChatApi", "Queue": "", "": "", "Table": ""} {
		if got := source.Nearest(name, names); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	if _, faults := source.Read("t", make([]byte, source.MaxBytes+1)); len(faults) != 1 || !strings.Contains(faults[0].Message, "longer than") {
		t.Errorf("got %v, want a file refused that is too long", faults)
	}
	bombs := map[string]string{
		"aliases in aliases": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
		"an alias in itself": "a: &a [*a]\n",
		"a merge of itself":  "a: &a {<<: *a, b: 1}\n",
	}
	for name, text := range bombs {
		if _, faults := source.Read("t", []byte(text)); len(faults) != 1 || !strings.Contains(faults[0].Message, "repeats itself") {
			t.Errorf("%s: got %v, want one fault", name, faults)
		}
	}
	for _, part := range []string{"a: 1\n", "? [", "- !Ref x\n", "[", "{a: ", "- !Nope x\n", "<<: {a: 1}\n", "\"a\":1,"} {
		text := []byte(cost.Stretched("", part, ""))
		cost.Fuzzed(t, func() { source.Read("t", text) })
	}
}

// FuzzRead looks for texts that cost more than they are long.
func FuzzRead(f *testing.F) {
	f.Add("a: &a [x, ", "*a, !Sub x, ", "]")
	f.Add("", "{\"Fn::GetAtt\": \"A.B\", ", "")
	f.Add("a: &a {<<: *a, b: !Nope [1_000, 0123, ~]}\n", "<<: {c: d}\n", "")
	f.Fuzz(func(t *testing.T, open, part, end string) {
		text := []byte(cost.Stretched(open, part, end))
		cost.Fuzzed(t, func() { source.Read("t", text) })
	})
}
