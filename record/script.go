package record

import (
	"encoding/binary"
	"strconv"
	"time"
)

// A script is what a draft was told, written one after the other as it is told: records are
// made for each message and most are never looked at, so that telling costs a copy of bytes,
// and whoever looks has a Record made of them.
//
//	step    opStep name at member… end outcome took
//	amend   opAmend name took until member… end
//	secret  opSecret name value
//	many    opMany: there were more secrets than are told
//
// at, took and until are nanoseconds, at and until from the record's beginning; texts have
// their length before them. A member is its kind, its name and its value; why is one of them,
// and several are one behind the other.
const (
	opStep byte = iota + 1
	opAmend
	opSecret
	opMany
)

// Kinds of members that a script has and a record does not: the end of members, a part of why,
// and a body of which nobody has looked yet whether it is compressed.
const (
	closed kind = 0
	reason kind = 100
	raw    kind = 101
)

// oneByte is the least number that binary.AppendUvarint writes in more than a byte.
const oneByte = 0x80

// appendLength is binary.AppendUvarint of a number that is nearly always small.
func appendLength(b []byte, n int) []byte {
	if n < oneByte {
		return append(b, byte(n))
	}
	return binary.AppendUvarint(b, uint64(n))
}

// appendVarint is binary.AppendVarint of a number that is nearly always small: even ones are
// those from 0, odd ones those below.
func appendVarint(b []byte, n int64) []byte {
	if n >= 0 && n < oneByte/2 {
		return append(b, byte(n<<1))
	}
	return binary.AppendVarint(b, n)
}

func appendString(b []byte, s string) []byte { return append(appendLength(b, len(s)), s...) }

// appendDuration writes a duration in eight bytes: it may be negative where clocks are set.
func appendDuration(b []byte, d time.Duration) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(d))
}

// append writes a member that was made before.
func (m *Member) script(b []byte) []byte {
	if m.kind == absent {
		return b
	}
	b = appendString(append(b, byte(m.kind)), m.Name)
	switch m.kind {
	case number, truth:
		return appendVarint(b, m.n)
	case text:
		return appendString(b, m.text)
	case body:
		return appendString(appendString(appendVarint(b, m.n), m.encoding), m.text)
	}
	return append(Data(m.inner).script(b), byte(closed))
}

func (d Data) script(b []byte) []byte {
	for i := range d {
		b = d[i].script(b)
	}
	return b
}

// Writer writes one step of a draft. It is used at once and ended by End; the zero value
// writes nothing. What it is given is copied.
type Writer struct{ d *Draft }

// Step begins a step, which is written by its Writer; nothing else may be told of the draft
// until the step has ended.
func (d *Draft) Step(name Name, at time.Time) Writer {
	if d == nil || d.end == nil || d.count() >= mostSteps {
		return Writer{}
	}
	d.steps++
	d.script = appendDuration(appendString(append(d.paper(), opStep), string(name)), at.Sub(d.Time))
	return Writer{d}
}

// End ends the step.
func (w Writer) End(as Outcome, took time.Duration) {
	d := w.d
	if d == nil {
		return
	}
	code := byte(0)
	switch as {
	case Failed:
		code, d.failed = 1, true
	case Skipped:
		code = 2
	}
	d.script = appendDuration(append(d.script, byte(closed), code), took)
	d.told()
}

// outcomes are those of steps, by what a script has for them.
var outcomes = [...]Outcome{"", Failed, Skipped}

// Why adds to the sentence that says why.
func (w Writer) Why(parts ...string) {
	if w.d == nil {
		return
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	b := appendLength(append(w.d.script, byte(reason)), size)
	for _, part := range parts {
		b = append(b, part...)
	}
	w.d.script = b
}

// WhyNumber adds a number to the sentence that says why.
func (w Writer) WhyNumber(n int) {
	if w.d == nil {
		return
	}
	var digits [20]byte
	w.why(strconv.AppendInt(digits[:0], int64(n), 10))
}

// WhyQuoted adds a text in quotes to the sentence that says why.
func (w Writer) WhyQuoted(s string) {
	if w.d == nil {
		return
	}
	var quoted [128]byte
	w.why(strconv.AppendQuote(quoted[:0], s))
}

func (w Writer) why(part []byte) {
	b := appendLength(append(w.d.script, byte(reason)), len(part))
	w.d.script = append(b, part...)
}

// Text is a member that is a text, cut where it is longer than is kept.
func (w Writer) Text(name, value string) {
	if w.d == nil {
		return
	}
	// Most of what is told are short texts: their lengths are a byte each, and room is made once.
	b := w.d.script
	n := len(b)
	end := n + 3 + len(name) + len(value)
	if len(name) >= oneByte || len(value) >= oneByte || end > cap(b) {
		w.d.script = appendString(appendString(append(b, byte(text)), name), short(value))
		return
	}
	b = b[:end]
	b[n], b[n+1] = byte(text), byte(len(name))
	copy(b[n+2:], name)
	n += 2 + len(name)
	b[n] = byte(len(value))
	copy(b[n+1:], value)
	w.d.script = b
}

// Bytes is a Text of which the bytes are at hand.
func (w Writer) Bytes(name string, value []byte) {
	if w.d == nil {
		return
	}
	if len(value) > Kept {
		value = value[:whole(value[:Kept])]
	}
	b := appendString(append(w.d.script, byte(text)), name)
	w.d.script = append(appendLength(b, len(value)), value...)
}

// Number is a member that is a number.
func (w Writer) Number(name string, value int64) {
	if w.d != nil {
		w.d.script = appendVarint(appendString(append(w.d.script, byte(number)), name), value)
	}
}

// Truth is a member that is true or false.
func (w Writer) Truth(name string, value bool) {
	if w.d == nil {
		return
	}
	n := int64(0)
	if value {
		n = 1
	}
	w.d.script = appendVarint(appendString(append(w.d.script, byte(truth)), name), n)
}

// Body is the members of a body: its beginning, and how long it is.
func (w Writer) Body(content []byte) { w.Part(content, int64(len(content))) }

// Part is a Body of which the beginning is at hand, and how long it is as a whole. Whether it
// is compressed is found out by whoever looks at the record.
func (w Writer) Part(kept []byte, whole int64) {
	if w.d != nil {
		w.d.script = appendPart(w.d.script, kept, whole)
	}
}

func appendPart(b, kept []byte, whole int64) []byte {
	kept = kept[:min(len(kept), Kept)]
	b = appendVarint(append(b, byte(raw)), whole)
	return append(appendLength(b, len(kept)), kept...)
}

// Texts is a list of texts.
func (w Writer) Texts(name string, values []string) {
	w.List(name)
	for _, value := range values {
		w.Text("", value)
	}
	w.Close()
}

// List begins a list: what follows stands in it until Close, without names.
func (w Writer) List(name string) { w.open(list, name) }

// Object begins an object: what follows stands in it until Close.
func (w Writer) Object(name string) { w.open(object, name) }

// Header begins the lines of a header: the Texts that follow until Close, by their names.
func (w Writer) Header() { w.open(header, "headers") }

func (w Writer) open(as kind, name string) {
	if w.d != nil {
		w.d.script = appendString(append(w.d.script, byte(as)), name)
	}
}

// Close ends a list, an object or a header.
func (w Writer) Close() {
	if w.d != nil {
		w.d.script = append(w.d.script, byte(closed))
	}
}

// Member is a member that was made before.
func (w Writer) Member(m Member) {
	if w.d != nil {
		w.d.script = m.script(w.d.script)
	}
}

// Scrap is what is written before its step is, to be copied into it: of what is told while an
// exchange goes on nothing has to be kept but bytes. The zero value is empty. It may be used
// again and again.
type Scrap struct{ d Draft }

// Writer writes behind what is there.
func (s *Scrap) Writer() Writer { return Writer{&s.d} }

// Len is how many bytes there are.
func (s *Scrap) Len() int { return len(s.d.script) }

// Clear forgets all. Nothing of it stays in memory.
func (s *Scrap) Clear() {
	clear(s.d.script)
	if s.d.script = s.d.script[:0]; cap(s.d.script) > mostPage {
		s.d.script = nil
	}
}

// Scrap is members that were written before: those between two of its lengths.
func (w Writer) Scrap(s *Scrap, from, to int) {
	if w.d != nil {
		w.d.script = append(w.d.script, s.d.script[from:to]...)
	}
}
