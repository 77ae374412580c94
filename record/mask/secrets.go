package mask

import (
	"encoding/base64"
	"encoding/json"
	"hash/maphash"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// least is how many characters a value has that is looked for: one of fewer is a
	// part of any word, and is hidden where it stands alone.
	least = 6
	// most is how many forms of secrets are known of one record.
	// Beyond it nothing is shown.
	most = 1024
	// window is how many bytes of a form are looked at first.
	window = 6
)

// Secrets are what must not be shown: of each secret how it can be known, in each form in
// which it may be written, and not itself. The zero value has none. It is not safe for
// concurrent use while secrets are added.
type Secrets struct {
	forms    []form
	named    int  // values that were found behind names
	overflow bool // there were too many to know them all
}

// form is one way to write a secret.
type form struct {
	head  uint64 // its first bytes
	whole uint64 // a hash of all
	bytes int32
	open  bool // it goes on: the text was cut in which it was found
	mark  mark
}

// mark is what stands for a secret.
type mark struct {
	length int32
	tag    [4]byte
}

// Empty says whether nothing is secret.
func (s *Secrets) Empty() bool { return s == nil || len(s.forms) == 0 && !s.overflow }

// Add adds the secrets of another.
func (s *Secrets) Add(o *Secrets) {
	if o == nil {
		return
	}
	s.overflow = s.overflow || o.overflow
	for i := range o.forms {
		s.add(o.forms[i])
	}
}

func (s *Secrets) add(f form) {
	for i := range s.forms {
		if old := &s.forms[i]; old.whole == f.whole && old.bytes == f.bytes {
			return
		}
	}
	if len(s.forms) == most {
		s.overflow = true
		return
	}
	s.forms = append(s.forms, f)
}

// mostKept is how many forms are kept of a connection, which may be one of very many.
const mostKept = 256

// Keep is what to keep for as long as a connection is there: nil for nothing. Of one that
// has too many secrets nothing is shown.
func (s *Secrets) Keep() *Secrets {
	switch {
	case s.Empty():
		return nil
	case s.overflow || len(s.forms) > mostKept:
		return &Secrets{overflow: true}
	}
	return &Secrets{forms: slices.Clone(s.forms)}
}

// learn makes a value a secret in all its forms, and says whether it is long enough.
func (m *Mask) learn(s *Secrets, value string, open bool) bool {
	value = strings.TrimSpace(value)
	if s.overflow || utf8.RuneCountInString(value) < least {
		return false
	}
	as, known := m.mark(value), len(s.forms)
	v := view{text: value}
	m.form(s, v.text, open, as)
	if len(s.forms) == known {
		return true // it was known before
	}
	for level := 0; level < levels && v.escaped(); level++ {
		v = v.inner(open, anyEscape)
		m.form(s, v.text, open, as)
	}
	for _, spelled := range spellings(value) {
		for shift := range 3 {
			m.form(s, inBase64(spelled, shift), open, as)
		}
	}
	return true
}

// form adds one way to write a secret.
func (m *Mask) form(s *Secrets, text string, open bool, as mark) {
	if len(text) < window {
		return
	}
	folded := fold([]byte(text))
	s.add(form{head: head(folded), whole: maphash.Bytes(m.seed, folded), bytes: int32(len(folded)), open: open, mark: as})
}

// spellings are a value as it may be written in what is then made base64: in JSON as
// programs write it that escape for HTML, in JSON as all others do, and in a query.
func spellings(value string) []string {
	forHTML, _ := json.Marshal(value) // a text always can be
	sparing := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(forHTML))
	all := []string{value}
	for _, as := range []string{string(forHTML[1 : len(forHTML)-1]), sparing[1 : len(sparing)-1], url.QueryEscape(value)} {
		if !slices.Contains(all, as) {
			all = append(all, as)
		}
	}
	return all
}

// inBase64 is what of base64 a text decides that begins at some byte of three.
func inBase64(text string, shift int) string {
	encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), text...))
	from, to := (8*shift+5)/6, 8*(shift+len(text))/6
	return encoded[from:to]
}

// folding has bytes that may stand for one another be one: a space is a plus in forms, and
// base64 has two alphabets.
var folding = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	t[' '], t['-'], t['_'] = '+', '+', '/'
	return t
}()

// fold folds in place.
func fold(b []byte) []byte {
	for i, c := range b {
		b[i] = folding[c]
	}
	return b
}

// head is the first bytes of a text that has so many, as a number.
func head(b []byte) (n uint64) {
	for i := range window {
		n |= uint64(b[i]) << (8 * i)
	}
	return n
}
