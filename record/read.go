package record

import (
	"encoding/binary"
	"strings"
	"time"
)

// reader reads a script. What it answers are parts of the one text that the script is, so that
// a record keeps nothing else.
type reader struct {
	text string
	bad  bool // it is no script: nothing of it may be believed
}

// apply does to a draft what a script says; false where it is none.
func (d *Draft) apply(script string) bool {
	r := reader{text: script}
	for r.text != "" && !r.bad {
		switch r.byte() {
		case opStep:
			d.Steps = append(d.Steps, r.step(d.Time))
		case opAmend:
			d.amend(r.amendment(d.Time))
		case opSecret:
			d.Secrets = append(d.Secrets, Secret{r.string(), r.string()})
		case opMany:
			d.many = true
		default:
			r.bad = true
		}
	}
	return !r.bad
}

func (r *reader) step(began time.Time) Step {
	s := Step{Name: Name(r.string()), At: began.Add(r.duration())}
	s.Data, s.Why = r.members()
	if code := int(r.byte()); code < len(outcomes) {
		s.Outcome = outcomes[code]
	} else {
		r.bad = true
	}
	s.Took = r.duration()
	return s
}

// amendment is what is known later of a step.
type amendment struct {
	name    Name
	took    time.Duration // none: it stays
	until   time.Time     // the step took until then, none for took
	members Data
}

func (r *reader) amendment(began time.Time) (a amendment) {
	a.name, a.took = Name(r.string()), r.duration()
	if until := r.duration(); until != 0 {
		a.until = began.Add(until)
	}
	a.members, _ = r.members()
	return a
}

// amend puts members into the last step of a name, in place of those of the same names.
func (d *Draft) amend(a amendment) {
	s := d.Record.Find(a.name)
	if s == nil {
		return
	}
	switch {
	case !a.until.IsZero():
		s.Took = a.until.Sub(s.At)
	case a.took > 0:
		s.Took = a.took
	}
	for _, m := range a.members {
		if old := s.Data.Get(m.Name); old != nil {
			*old = m.Value
		} else {
			s.Data = append(s.Data, m)
		}
	}
}

// members reads members to their end, and the parts of why among them.
func (r *reader) members() (members Data, because string) {
	var parts []string
	for !r.bad {
		as := kind(r.byte())
		switch as {
		case closed:
			if len(parts) == 1 {
				return members, parts[0]
			}
			return members, strings.Join(parts, "")
		case reason:
			parts = append(parts, r.string())
		case raw:
			whole := r.varint()
			members = append(members, Part(r.string(), whole))
		default:
			members = append(members, r.member(as))
		}
	}
	return nil, ""
}

func (r *reader) member(as kind) Member {
	m := Member{r.string(), Value{kind: as}}
	switch as {
	case number, truth:
		m.n = r.varint()
	case text:
		m.text = r.string()
	case body:
		m.n = r.varint()
		m.encoding, m.text = r.string(), r.string()
	case list, object, header:
		m.inner, _ = r.members()
	default:
		r.bad = true
	}
	return m
}

// take is the next bytes.
func (r *reader) take(n uint64) string {
	if r.bad || n > uint64(len(r.text)) {
		r.bad, r.text = true, ""
		return ""
	}
	taken := r.text[:n]
	r.text = r.text[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != "" {
		return b[0]
	}
	return 0
}

func (r *reader) duration() time.Duration {
	b := r.take(8)
	if len(b) < 8 {
		return 0
	}
	return time.Duration(binary.LittleEndian.Uint64([]byte(b)))
}

func (r *reader) uvarint() (n uint64) {
	for shift := 0; shift < 64 && !r.bad; shift += 7 {
		b := r.byte()
		if n |= uint64(b&0x7f) << shift; b < 0x80 {
			return n
		}
	}
	r.bad = true
	return 0
}

func (r *reader) varint() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) string() string { return r.take(r.uvarint()) }
