package traces

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/record"
)

// What other nodes had when a stream began is not shown; what they make since is, once, in the
// order of its time, although each is asked from the moment of its newest record.
func TestRecordsOfOthersAreShownOnce(t *testing.T) {
	began := time.Now()
	w := watching{after: map[string]time.Time{}, began: began}
	told := func(id, node string, after time.Duration) record.Told {
		return record.Told{Time: began.Add(after), Text: fmt.Appendf(nil, `{"id":%q,"node":%q}`, id, node)}
	}
	for i, row := range []struct {
		found []record.Told
		want  []string
	}{
		{[]record.Told{told("old", "a", -time.Second)}, nil},
		{[]record.Told{told("third", "b", 3), told("second", "a", 2), told("first", "a", 1)}, []string{"first", "second", "third"}},
		{[]record.Told{told("second", "a", 2), told("beside", "a", 2), told("third", "b", 3)}, []string{"beside"}},
		{[]record.Told{{Time: began.Add(9), Text: []byte(`nonsense`)}}, nil},
	} {
		var got []string
		for _, one := range w.take(row.found) {
			var id string
			_, _ = fmt.Sscanf(string(one.Text), `{"id":%q,`, &id)
			got = append(got, id)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%d: got %v, want %v", i, got, row.want)
		}
	}
	if w.after["a"] != began.Add(2) || w.after["b"] != began.Add(3) {
		t.Errorf("nodes are asked from %v", w.after)
	}
	for i := range 2 * mostShown {
		w.take([]record.Told{told(fmt.Sprint(i), "a", time.Minute)})
	}
	if len(w.shown) > mostShown {
		t.Errorf("%d ids are kept", len(w.shown))
	}
}
