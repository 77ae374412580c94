package recorder

import (
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/record"
)

// A message of which the record hides a part cannot be sent again; one whose answer alone
// has secrets can.
func TestHiddenMessagesAreUnfit(t *testing.T) {
	for message, fit := range map[string]bool{`{"key":"hunter22"}`: false, `{"key":""}`: true} {
		r := New(Options{Choice: Choice{All: true, Sample: 1}, Ring: record.NewRing(0, 0), Conceal: func(d *record.Draft) {
			if v := d.Find(record.Receive).Data.Get("body"); strings.Contains(v.String(), "hunter22") {
				*v = record.Body([]byte("‹8›")).Value
			}
			*d.Find(record.Frame).Data.Get("body") = record.Body([]byte("‹8›")).Value
		}})
		d := r.Begin("a", "", time.Now())
		d.Origin = "somebody"
		d.Add(record.Step{Name: record.Receive, Data: record.Data{record.Body([]byte(message))}})
		d.Add(record.Step{Name: record.Frame, Data: record.Data{record.Body([]byte("hunter22"))}})
		d.End(time.Now())
		kept := r.Ring().Get(d.ID)
		if kept == nil || (kept.Origin != nil) != fit || (kept.Unfit == "") != fit {
			t.Errorf("%s: got %+v, want it fit to be replayed: %t", message, kept, fit)
		}
		if got, err := kept.Message(); fit && (err != nil || string(got) != message) {
			t.Errorf("%s: the message is %s and %v", message, got, err)
		}
	}
}
