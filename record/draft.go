package record

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Draft is a record while it is made. It belongs to one exchange, and to one goroutine
// at a time. A nil Draft takes nothing.
//
// What it is told is kept as a script, of which Open makes the steps of its Record. Most
// exchanges never need them: whoever records pays for a copy of bytes.
type Draft struct {
	Record
	// Secrets are values that must stand nowhere in the record, beside those that can be
	// known by where they stand in it; once it is open.
	Secrets []Secret
	// Known are those of the client's connection, nil for none.
	Known *mask.Secrets

	// Kept says whether an exchange that ends with a status leaves this record; nil: answers
	// do not name it.
	Kept func(status int) bool
	// Because words why the exchange has failed for its client, without secrets; nil: its
	// client is not told.
	Because func(*Draft) string

	end     func(*Draft) // nil: it has ended
	script  []byte       // what was told; nil where nothing was, or once it is open
	page    *[]byte      // which the script is written on, nil for none
	steps   int          // in the script
	private known        // what Private was told of
	many    bool         // there were more than are known
	failed  bool         // a step of the script has failed
	open    bool         // Steps and Secrets are what was told
}

// Begin begins a record; end is handed the whole one.
func Begin(at time.Time, end func(*Draft)) *Draft {
	d := drafts.Get().(*Draft)
	d.cure()
	first := d.private.first
	*d = Draft{end: end, private: known{first: first[:0]}}
	d.Time = at
	return d
}

// drafts are those that nobody has any part of.
var drafts = sync.Pool{New: func() any { return new(Draft) }}

// Recycle has another exchange use a draft that has ended. Nobody may have any part of it then;
// what keeps records has copies.
func (d *Draft) Recycle() {
	if d == nil || d.end != nil {
		return
	}
	d.private.forget()
	*d = Draft{private: d.private}
	d.poison()
	drafts.Put(d)
}

// mostSteps is how many steps a record has. No exchange has as many; what a client may
// repeat must not grow.
const mostSteps = 64

// count is how many steps there are.
func (d *Draft) count() int { return d.steps + len(d.Steps) }

// pages are what scripts are written on, used again and again: there is one for each
// exchange under way that is recorded.
var pages = sync.Pool{New: func() any { b := make([]byte, 0, usualPage); return &b }}

const (
	usualPage = 4 << 10
	// mostPage is how long a page is at most that is used again: one long record must not keep
	// its room for ever.
	mostPage = 64 << 10
)

// paper is the script, with something to write on.
func (d *Draft) paper() []byte {
	if d.page == nil {
		d.page = pages.Get().(*[]byte)
		d.script = (*d.page)[:0]
	}
	return d.script
}

// release gives back what the script was written on. Nothing that was told is left there.
func (d *Draft) release() {
	if d.page == nil {
		return
	}
	clear(d.script)
	if cap(d.script) <= mostPage {
		*d.page = d.script[:0]
		pages.Put(d.page)
	}
	d.page, d.script, d.steps = nil, nil, 0
}

// told has what was just told go to where the rest is, once the draft is open.
func (d *Draft) told() {
	if d.open {
		d.read()
	}
}

// read makes what a script says part of the record.
func (d *Draft) read() {
	script := string(d.script)
	d.release()
	if !d.apply(script) {
		d.Unfit, d.Origin = "it cannot be read", nil // by a fault of this package alone
	}
}

// Open makes Steps and Secrets what was told so far. What is told later is added to them.
func (d *Draft) Open() {
	if d == nil || d.open {
		return
	}
	d.open = true
	d.read()
}

// Find is the last step of a name, nil for none. It opens the draft.
func (d *Draft) Find(name Name) *Step {
	d.Open()
	return d.Record.Find(name)
}

// Failure is the first step that failed, nil for none. Where one has it opens the draft.
func (d *Draft) Failure() *Step {
	if !d.open && !d.failed {
		return nil
	}
	d.Open()
	return d.Record.Failure()
}

// Empty says whether there is no step yet.
func (d *Draft) Empty() bool { return d.count() == 0 }

// Add adds a step. What it has is copied.
func (d *Draft) Add(s Step) {
	w := d.Step(s.Name, s.At)
	if w.d == nil {
		return
	}
	w.Why(s.Why)
	d.script = s.Data.script(d.script)
	w.End(s.Outcome, s.Took)
}

// Amend puts members into the last step of a name, in place of those of the same names,
// and sets how long it took if that is more than none.
func (d *Draft) Amend(name Name, took time.Duration, members ...Member) {
	if d == nil || d.end == nil {
		return
	}
	b := appendString(append(d.paper(), opAmend), string(name))
	b = appendDuration(appendDuration(b, took), 0)
	d.script = append(Data(members).script(b), byte(closed))
	d.told()
}

// AmendBody is Amend with a body of which the beginning is at hand, and how long it is as a
// whole. The step took until a moment; no time leaves it.
func (d *Draft) AmendBody(name Name, until time.Time, kept []byte, whole int64) {
	if d == nil || d.end == nil {
		return
	}
	took := time.Duration(0)
	if !until.IsZero() {
		took = until.Sub(d.Time)
	}
	b := appendString(append(d.paper(), opAmend), string(name))
	b = appendDuration(appendDuration(b, 0), took)
	d.script = append(appendPart(b, kept, whole), byte(closed))
	d.told()
}

// Fail marks the last step of a name as failed, and says why; where there is none it
// adds one.
func (d *Draft) Fail(name Name, at time.Time, why string) {
	if d == nil || d.end == nil {
		return
	}
	if s := d.Find(name); s != nil {
		s.Outcome, s.Why = Failed, why
		return
	}
	d.Add(Step{Name: name, At: at, Outcome: Failed, Why: why})
}

// Secret has values stand nowhere in the record.
func (d *Draft) Secret(values ...string) {
	for _, value := range values {
		d.Private("", value)
	}
}

// Private has a value stand nowhere in the record, nor where its name stands. Of a record that
// has more of them than are known nothing is shown that came from outside.
func (d *Draft) Private(name, value string) {
	if d == nil || d.end == nil || value == "" || d.many {
		return
	}
	switch d.private.add(Secret{name, value}) {
	case fresh:
		d.script = appendString(appendString(append(d.paper(), opSecret), name), value)
	case excess:
		d.many = true
		d.script = append(d.paper(), opMany)
	default:
		return
	}
	d.told()
}

// Named is the record's id where an answer of a status is to name it, else "".
func (d *Draft) Named(status int) string {
	if d == nil || d.Kept == nil || !d.Kept(status) {
		return ""
	}
	return d.ID
}

// End ends the record, once. What is told later is not kept.
func (d *Draft) End(at time.Time) {
	if d == nil || d.end == nil {
		return
	}
	end := d.end
	d.end = nil
	d.Duration = at.Sub(d.Time)
	end(d)
}

// Drop lets go of a draft that leaves no record.
func (d *Draft) Drop() { d.release() }

// close makes all that was told a script again.
func (d *Draft) close() {
	if !d.open {
		return
	}
	b := d.paper()
	for i := range d.Secrets {
		b = appendString(appendString(append(b, opSecret), d.Secrets[i].Name), d.Secrets[i].Value)
	}
	if d.many {
		b = append(b, opMany)
	}
	d.script = d.Record.script(b, d.Time)
	d.open, d.Steps, d.Secrets = false, nil, nil
}

// script writes the steps of a record.
func (r *Record) script(b []byte, began time.Time) []byte {
	for i := range r.Steps {
		s := &r.Steps[i]
		b = appendString(append(b, opStep), string(s.Name))
		b = appendDuration(b, s.At.Sub(began))
		if s.Why != "" {
			b = appendString(append(b, byte(reason)), s.Why)
		}
		b = s.Data.script(b)
		code := max(0, slices.Index(outcomes[:], s.Outcome))
		b = appendDuration(append(b, byte(closed), byte(code)), s.Took)
	}
	return b
}

// Summarize opens a draft and makes the summary of what is known so far, unless there is one.
// Whoever shows a record asks for it first, so that it is here that one with too many secrets
// loses what it says.
func (d *Draft) Summarize() {
	if d.Open(); d.many {
		d.withhold()
		return
	}
	if d.Summary == "" || d.Failure() != nil {
		d.Summary = d.summarize()
	}
}

// summarize says in a sentence what became of the exchange: why the step has failed
// that failed, else which way it took, else how it began.
func (d *Draft) summarize() string {
	if s := d.Failure(); s != nil {
		return s.Why
	}
	var parts []string
	for i := range d.Steps {
		switch s := &d.Steps[i]; s.Name {
		case Route, Backend, Select, Frame:
			if s.Outcome != Skipped && s.Why != "" {
				parts = append(parts, s.Why)
			}
		}
	}
	if len(parts) == 0 && len(d.Steps) > 0 {
		return d.Steps[0].Why
	}
	return cut(strings.Join(parts, "; "))
}
