package needs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// recorder is a test that is only asked how it ends.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Skipf(format string, args ...any)  { r.end("skipped: "+format, args) }
func (r *recorder) Fatalf(format string, args ...any) { r.end("failed: "+format, args) }

// end keeps the first word, since nothing ends a test that is only asked.
func (r *recorder) end(format string, args []any) {
	if r.ended == "" {
		r.ended = fmt.Sprintf(format, args...)
	}
}

func TestMissing(t *testing.T) {
	for _, test := range []struct{ ci, what, want string }{
		{"", "node", "skipped: needs node: it is gone"},
		{"true", "node", "failed: node: it is gone; .ci/run is meant to install it"},
		{"true", "terraform", "skipped: needs terraform: it is gone"},
	} {
		t.Setenv("CI", test.ci)
		r := &recorder{TB: t}
		Missing(r, test.what, "it is gone")
		if !strings.HasPrefix(r.ended, test.want) {
			t.Errorf("CI=%q, %s: %s, want %s", test.ci, test.what, r.ended, test.want)
		}
	}
}

// What is said to be installed is named in the script that installs it.
func TestInstalled(t *testing.T) {
	script, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range installed {
		if name := strings.Fields(what)[0]; !strings.Contains(string(script), name) {
			t.Errorf(".ci/run does not install %s", what)
		}
	}
}
