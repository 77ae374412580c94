package laws

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// leastComment is the share of comments among the lines that are not blank, in percent,
// of a room in which rules are decided: why a rule is so stands nowhere else. What is above
// it by more than enough needs no exception.
const (
	leastComment = 15
	enough       = 1
)

// ruled are the folders in which rules are decided.
var ruled = []string{
	"authorizer", "awsconfig", "config", "exchange", "fault", "function/local", "gateway", "integration", "internal/budget", "internal/descriptor", "internal/grammar",
	"internal/guardian", "internal/uripath", "management", "mapping", "message", "plan", "resource", "sigv4", "store", "template", "wire",
}

// unruled are rooms there that decide nothing, and why.
var unruled = map[string]string{
	"awsconfig/awstest": "it answers as AWS does for tests of others",
	"store/storetest":   "a suite says in its cases what is right",
}

func isRuled(room string) bool {
	return slices.ContainsFunc(ruled, func(folder string) bool { return room == folder || strings.HasPrefix(room, folder+"/") })
}

// commented counts the lines of code and of comments in a file.
func commented(t *testing.T, name string) (code, comments int) {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		switch line = bytes.TrimSpace(line); {
		case len(line) == 0:
		case bytes.HasPrefix(line, []byte("//")) && !bytes.HasPrefix(line, []byte("//go:")):
			comments++
		default:
			code++
		}
	}
	return code, comments
}

// Where a rule is decided its reason stands beside it. `make counts` prints the shares.
func TestRulesHaveReasons(t *testing.T) {
	type count struct{ code, comments int }
	rooms, whole := map[string]*count{}, count{}
	for _, s := range sources(t) {
		if s.test || s.generated {
			continue
		}
		code, comments := commented(t, s.name)
		if whole.code, whole.comments = whole.code+code, whole.comments+comments; !isRuled(s.room) {
			continue
		}
		if rooms[s.room] == nil {
			rooms[s.room] = new(count)
		}
		rooms[s.room].code += code
		rooms[s.room].comments += comments
	}
	share := func(c *count) float64 { return 100 * float64(c.comments) / float64(c.code+c.comments) }
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		c := rooms[room]
		t.Logf("%4.1f %% of %5d lines in %s", share(c), c.code+c.comments, room)
		if few := share(c) < leastComment; few && unruled[room] == "" {
			t.Errorf("%s: %.1f %% comments, want %d: say why its rules are so, or in unruled that it has none", room, share(c), leastComment)
		} else if share(c) > leastComment+enough && unruled[room] != "" {
			t.Errorf("%s has reasons enough: it needs no exception any more", room)
		}
	}
	for room := range unruled {
		if rooms[room] == nil {
			t.Errorf("%s is gone: it needs no exception any more", room)
		}
	}
	t.Logf("%4.1f %% of %d lines in all", share(&whole), whole.code+whole.comments)
}
