package recorder

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// What identifies a caller is in no record, however many other values do: those that are too short
// to be looked for take no place of those that are not, nor do those that are told again.
func TestManySecrets(t *testing.T) {
	const last = "the-last-of-many-4711"
	for _, row := range []struct {
		name  string
		tell  func(d *record.Draft)
		shows string
	}{
		{"one", func(*record.Draft) {}, "so ‹21:"},
		{"more than are known", func(d *record.Draft) {
			for i := range 1000 {
				d.Private("ticket", fmt.Sprint("t", i))
			}
		}, "not shown: the exchange has more secrets"},
		{"a few, by every stage of an API", func(d *record.Draft) {
			for range 300 {
				d.Private("ticket", "t1")
				d.Private("ticket", "another-4711")
			}
		}, "so ‹21:"},
	} {
		secrets := mask.New()
		because := Because(secrets)
		r := recorderOf(Choice{All: true, Sample: 1}, func(o *Options) {
			o.Conceal, o.Reports = Conceal(secrets), new(tasks.Reporter)
		})
		d := r.Begin("a1", "", time.Now())
		row.tell(d)
		d.Private("ticket", last)
		w := d.Step(record.Frame, time.Now())
		w.Why("so ", last)
		w.Body([]byte("so " + last))
		w.End(record.Failed, 0)
		told := because(d) // its client, while the record is made
		d.End(time.Now())
		text := string(r.Ring().Get(d.ID).Append(nil))
		for face, text := range map[string]string{"the record": text, "its client": told} {
			if strings.Contains(text, last) || !strings.Contains(text, row.shows) {
				t.Errorf("%s: %s is told %s", row.name, face, text)
			}
		}
	}
}
