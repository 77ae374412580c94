package record

import (
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Draft is a record while it is made. It belongs to one exchange, and to one goroutine
// at a time. A nil Draft takes nothing.
type Draft struct {
	Record
	// Secrets are values that must stand nowhere in the record, beside those that can be
	// known by where they stand in it.
	Secrets []Secret
	// Known are those of the client's connection, nil for none.
	Known *mask.Secrets

	// Kept says whether an exchange that ends with a status leaves this record; nil: answers
	// do not name it.
	Kept func(status int) bool
	// Because words why the exchange has failed for its client, without secrets; nil: its
	// client is not told.
	Because func(*Draft) string

	end   func(*Draft) // nil: it has ended
	steps [12]Step     // saves allocations
}

// Secret is a value that must not be shown, and the name of the header or parameter that
// has it, "" for none.
type Secret struct{ Name, Value string }

// Begin begins a record; end is handed the whole one.
func Begin(at time.Time, end func(*Draft)) *Draft {
	d := &Draft{end: end}
	d.Time, d.Steps = at, d.steps[:0]
	return d
}

// mostSteps is how many steps a record has. No exchange has as many; what a client may
// repeat must not grow.
const mostSteps = 64

// Add adds a step.
func (d *Draft) Add(s Step) {
	if d != nil && d.end != nil && len(d.Steps) < mostSteps {
		d.Steps = append(d.Steps, s)
	}
}

// Amend puts members into the last step of a name, in place of those of the same names,
// and sets how long it took if that is more than none.
func (d *Draft) Amend(name Name, took time.Duration, members ...Member) {
	if d == nil || d.end == nil {
		return
	}
	s := d.Find(name)
	if s == nil {
		return
	}
	if took > 0 {
		s.Took = took
	}
	for _, m := range members {
		if old := s.Data.Get(m.Name); old != nil {
			*old = m.Value
		} else {
			s.Data = append(s.Data, m)
		}
	}
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

// mostSecrets bounds the values that must not be shown; they are parts of one request.
const mostSecrets = 256

// Private has a value stand nowhere in the record, nor where its name stands.
func (d *Draft) Private(name, value string) {
	if d != nil && value != "" && len(d.Secrets) < mostSecrets {
		d.Secrets = append(d.Secrets, Secret{strings.Clone(name), strings.Clone(value)})
	}
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
	d.Summarize()
	end(d)
}

// Summarize makes the summary of what is known so far, unless there is one.
func (d *Draft) Summarize() {
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
