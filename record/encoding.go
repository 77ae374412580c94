package record

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
)

// inflate is the beginning of a text that a text is compressed of, and by which coding; ""
// where it is not compressed. It looks at the bytes and not at what is said of them: whoever
// compresses twice, or does not say so, hides no secret by that. The beginning of a
// compressed text is enough for the beginning of the text.
// RFC 1952, section 2.3.1: ID1 and ID2. RFC 1950, section 2.2: CMF and FLG, which are a
// multiple of 31 together.
func inflate(text string) (clear, encoding string) {
	for range 3 {
		from, name := opened(text)
		if from == nil {
			break
		}
		// An end that comes too early is that of what was kept. A text may begin as deflate
		// does, with x^, and is none where what follows makes no sense.
		read, err := io.ReadAll(io.LimitReader(from, Kept))
		if len(read) == 0 || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && name == "deflate" {
			break
		}
		if encoding != "" {
			name = encoding + ", " + name
		}
		text, clear, encoding = string(read), string(read), name
	}
	return clear, encoding
}

// Packed says whether a text is compressed, as inflate sees it.
func Packed(text string) bool {
	_, encoding := inflate(text)
	return encoding != ""
}

// opened reads a text as what its first bytes say it is, nil for none.
func opened(text string) (io.Reader, string) {
	if len(text) < 3 {
		return nil, ""
	}
	switch {
	case strings.HasPrefix(text, "\x1f\x8b"):
		if r, err := gzip.NewReader(bytes.NewReader([]byte(text))); err == nil {
			r.Multistream(false)
			return r, "gzip"
		}
	case text[0]&0x0f == 8 && text[0]>>4 <= 7 && (int(text[0])<<8|int(text[1]))%31 == 0:
		if r, err := zlib.NewReader(bytes.NewReader([]byte(text))); err == nil {
			return r, "deflate"
		}
	}
	return nil, ""
}

// Veil takes out of a record what nobody can look for secrets in: bodies in a
// Content-Encoding that cannot be read here, such as br. What is left of them is how long
// they are, and their coding.
func (r *Record) Veil() {
	for i := range r.Steps {
		d := r.Steps[i].Data
		sent, b := d.Get("headers"), d.Get("body")
		if sent == nil || b == nil || b.kind != body || b.encoding != "" || b.text == "" {
			continue
		}
		for _, line := range sent.inner {
			if strings.EqualFold(line.Name, "Content-Encoding") && !readable(line.text) {
				b.text, b.encoding = "", line.text
			}
		}
	}
}

// readable says whether a body in a Content-Encoding is one that inflate would have read, or
// is not encoded at all. deflate is as often sent without its head, by which it is known.
func readable(encoding string) bool {
	for coding := range strings.SplitSeq(encoding, ",") {
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "", "identity", "gzip", "x-gzip":
		default:
			return false
		}
	}
	return true
}
