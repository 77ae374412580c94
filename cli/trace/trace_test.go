package trace

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

var update = flag.Bool("update", false, "write how records are shown")

func read(t *testing.T, text []byte) *Record {
	t.Helper()
	r := new(Record)
	if err := json.Unmarshal(text, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Each file in testdata is a record and how it is shown.
func TestSteps(t *testing.T) {
	time.Local = time.UTC
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no records", err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := New(&out, false).Steps(read(t, archive.Files[0].Data)); err != nil {
			t.Fatal(err)
		}
		if *update {
			archive.Files[1].Data = out.Bytes()
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(string(archive.Files[1].Data), out.String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// An id is shown by as much of it as tells it from all others.
func TestShortIDs(t *testing.T) {
	p := New(new(bytes.Buffer), false)
	p.Know([]*Record{{ID: "7f3a00"}, {ID: "7f3a01"}, {ID: "8000ff"}, {ID: "7f3b00"}})
	for id, want := range map[string]string{"7f3a00": "7f3a00", "8000ff": "8000", "7f3b00": "7f3b", "7f": "7f"} {
		if got := p.short(id); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

// In colours what leads nowhere stands out, and so do templates in and out.
func TestColours(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/order.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := New(&out, true).Steps(read(t, archive.Files[0].Data)); err != nil {
		t.Fatal(err)
	}
	c := terminal.Colour(true)
	for _, want := range []string{c.Amber("1 UNRESOLVED: $nope"), c.Amber("UNRESOLVED"), c.Green(`{"id":"7"}`), c.Link(`{"id":"$input.path('$.id')"}$nope`), c.Green("$default ✓"), c.Amber("404")} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %q", want, out.String())
		}
	}
}

// What did not fail and is wondered about stands in the line itself.
func TestRemarks(t *testing.T) {
	for _, row := range []struct{ record, says string }{
		{`{"kind":"disconnect","status":1006,"summary":"the connection broke without a close frame"}`, "1006  the connection broke without a close frame"},
		{`{"kind":"message","status":200,"steps":[{"name":"frame","outcome":"skipped","why":"nothing is sent"}]}`, "200  nothing is sent"},
		{`{"kind":"message","status":200,"steps":[{"name":"response","outcome":"ok","data":{"references":[{"text":"$a","value":"1"},{"text":"$nope","unresolved":true}]}}]}`, "200  $nope in the response leads nowhere"},
		{`{"kind":"http","status":200,"steps":[{"name":"parameters","outcome":"ok","data":{"parameters":[{"from":"$request.querystring.q","to":"append:header.X","unresolved":true}]}}]}`, "200  $request.querystring.q has no value for append:header.X"},
		{`{"kind":"message","status":200,"steps":[{"name":"frame","outcome":"ok","why":"3 B sent"}]}`, "200"},
		{`{"kind":"message","status":502,"summary":"why","steps":[{"name":"backend","outcome":"failed","why":"why"},{"name":"frame","outcome":"skipped","why":"nothing"}]}`, "502  why"},
	} {
		var out bytes.Buffer
		if err := New(&out, false).Line(read(t, []byte(row.record))); err != nil || !strings.HasSuffix(out.String(), " ms  "+row.says+"\n") {
			t.Errorf("%s: got %q, %v, want %q at its end", row.record, out.String(), err, row.says)
		}
	}
}
