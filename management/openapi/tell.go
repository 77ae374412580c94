package openapi

import "strconv"

// Bounds of what is told of a document, which is kept with its API: bytes of one
// text and of all of a kind.
const (
	maxText = 600
	maxTold = 512 << 10
)

func (d *reader) info(text string) { d.infos.add(text) }
func (d *reader) warn(text string) { d.warnings.add(text) }

// leaveOut notes something that the definition does not have, and why, and warns.
func (d *reader) leaveOut(what, why, warning string) {
	d.LeftOut = append(d.LeftOut, Omission{short(what), short(why)})
	d.warn(warning)
}

// short cuts a text that a document made long.
func short(text string) string {
	if len(text) <= maxText {
		return text
	}
	at := maxText
	for at > 0 && text[at]&0xC0 == 0x80 { // not in the middle of a character
		at--
	}
	return text[:at] + "…"
}

// told is a list of texts that keeps the first of too many, and counts the others.
type told struct {
	texts []string
	bytes int
	more  int
}

func (t *told) add(text string) {
	if t.bytes > maxTold {
		t.more++
		return
	}
	text = short(text)
	t.texts = append(t.texts, text)
	t.bytes += len(text)
}

func (t *told) all() []string {
	if t.more > 0 {
		return append(t.texts, "and "+strconv.Itoa(t.more)+" more of the kind")
	}
	return t.texts
}
