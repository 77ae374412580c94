package http1

import (
	"bytes"
	"net/http"
	"strings"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

// headEnd finds where the head in data ends, after its empty line; 0 when more is
// needed. from is how far data was looked at before, and how far it has been now.
// Every line must end with CR LF, and none is empty but the last. RFC 9112
// section 2.2 allows a server to be more lenient; what another server reads
// differently is a way past it.
func headEnd(data []byte, from int) (end, looked int, no *refusal) {
	for {
		i := bytes.IndexByte(data[from:], '\n')
		if i < 0 {
			return 0, from, nil
		}
		at := from + i
		if at == 0 || data[at-1] != '\r' {
			return 0, from, bad("a line without CR")
		}
		if at == 1 {
			return 0, from, bad("an empty line before the request")
		}
		if i == 1 {
			return at + 1, at + 1, nil
		}
		from = at + 1
	}
}

// head is a request's head while it is read.
type head struct {
	request *http.Request
	fields  message.Header // every line, as it was sent
	canon   []byte         // the head once more, for names that were not spelled canonically

	host          string
	hosts         int
	length        int64 // -1: not declared
	chunked       bool
	close         bool
	keepAlive     bool
	expects       bool // 100-continue
	minor         int
	trailer       []string // lines of Trailer
	unknownExpect bool
}

// read reads a head, from the request line to the empty line, into h.request and
// u. All strings are parts of text.
func (h *head) read(text string, limits *Limits) *refusal {
	line, rest, _ := strings.Cut(text, "\r\n")
	if no := h.requestLine(line, limits); no != nil {
		return no
	}
	lines := strings.Count(rest, "\n") - 1
	if lines > limits.Fields {
		return tooManyFields()
	}
	h.length = -1
	h.fields = make(message.Header, 0, lines)
	header := make(http.Header, lines)
	h.request.Header = header
	for at := len(line) + 2; ; {
		line, rest, _ = strings.Cut(rest, "\r\n")
		if line == "" {
			break
		}
		if no := h.line(text, line, at, header); no != nil {
			return no
		}
		at += len(line) + 2
	}
	return h.judge()
}

// line reads one header line, which begins at text[at]. No space may stand before
// the colon (RFC 9112 section 5.1), and no line goes on in the next one (section
// 5.2): that one would begin with a space, which begins no name.
func (h *head) line(text, line string, at int, header http.Header) *refusal {
	colon, canonical := nameEnd(line)
	if colon <= 0 {
		return bad("a header line without a name")
	}
	value := trim(line[colon+1:])
	if !grammar.FieldValue(value) {
		return bad("a control character in a header")
	}
	name := line[:colon]
	h.fields = append(h.fields, message.Field{Name: name, Value: value})
	if !canonical {
		if h.canon == nil {
			h.canon = []byte(text)
		}
		name = canonicalize(h.canon[at : at+colon])
	}
	keep, no := h.note(name, value)
	if !keep || no != nil {
		return no
	}
	if before, ok := header[name]; ok {
		header[name] = append(before, value)
		return nil
	}
	// The value in the list of lines serves as the slice of one.
	last := &h.fields[len(h.fields)-1].Value
	header[name] = unsafe.Slice(last, 1)
	return nil
}

// nameEnd finds the colon after a header's name, a token (RFC 9110 section
// 5.6.2), and says whether the name is spelled canonically; -1 when there is no
// colon or no proper name before it.
func nameEnd(line string) (colon int, canonical bool) {
	canonical = true
	first := true
	for i := range len(line) {
		c := line[i]
		if c == ':' {
			return i, canonical
		}
		if !grammar.TokenByte(c) {
			return -1, false
		}
		if first && 'a' <= c && c <= 'z' || !first && 'A' <= c && c <= 'Z' {
			canonical = false
		}
		first = c == '-'
	}
	return -1, false
}

// canonicalize spells a name canonically in place, as http.CanonicalHeaderKey
// does without a copy; nothing else changes it.
func canonicalize(name []byte) string {
	first := true
	for i, c := range name {
		switch {
		case first && 'a' <= c && c <= 'z':
			name[i] = c - 'a' + 'A'
		case !first && 'A' <= c && c <= 'Z':
			name[i] = c - 'A' + 'a'
		}
		first = c == '-'
	}
	return unsafe.String(unsafe.SliceData(name), len(name))
}

// trim takes spaces and tabs from both ends (RFC 9110 section 5.6.3).
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// note takes in what concerns the connection; keep says whether handlers see the
// line in Request.Header, which is where net/http shows it to them.
//
// RFC 9112 section 6.3 allows a Content-Length that is repeated with one value;
// here two are refused. A coding that is not known is 501 (section 6.1).
func (h *head) note(name, value string) (keep bool, no *refusal) {
	switch name {
	case "Host":
		h.hosts++
		h.host = value
		return false, nil
	case "Content-Length":
		n, ok := grammar.Digits(value)
		if !ok || h.length >= 0 {
			return false, bad("Content-Length")
		}
		h.length = n
	case "Transfer-Encoding":
		if h.chunked {
			return false, bad("Transfer-Encoding twice")
		}
		if !message.Same(value, "chunked") {
			return false, &refusal{http.StatusNotImplemented, "Transfer-Encoding"}
		}
		h.chunked = true
		return false, nil
	case "Connection":
		h.connection(value)
	case "Expect":
		if message.Same(value, "100-continue") {
			h.expects = true
		} else {
			h.unknownExpect = h.unknownExpect || value != ""
		}
	case "Trailer":
		h.trailer = append(h.trailer, value)
	}
	return true, nil
}

// A list whose items have no case (RFC 9110 section 7.6.1).
func (h *head) connection(value string) {
	for item := range strings.SplitSeq(value, ",") {
		switch item = trim(item); {
		case message.Same(item, "close"):
			h.close = true
		case message.Same(item, "keep-alive"):
			h.keepAlive = true
		}
	}
}

// judge looks at the head as a whole. RFC 9112 section 3.2: one Host, in
// HTTP/1.1; it is asked of HTTP/1.0 too, for a host chooses the API. Section 6.1:
// both kinds of framing together, and chunks in HTTP/1.0, are how requests are
// smuggled. RFC 9110 section 10.1.1: an expectation that cannot be met is 417.
func (h *head) judge() *refusal {
	r := h.request
	switch {
	case h.hosts != 1:
		return bad("not one Host")
	case !validHost(h.host):
		return bad("Host")
	case r.URL.Host != "" && !message.Same(r.URL.Host, h.host):
		return bad("a target of another host")
	case h.chunked && h.length >= 0:
		return bad("Transfer-Encoding beside Content-Length")
	case h.chunked && h.minor == 0:
		return bad("Transfer-Encoding in HTTP/1.0")
	case h.unknownExpect:
		return &refusal{http.StatusExpectationFailed, "Expect"}
	}
	r.Host = h.host
	r.ContentLength = max(h.length, 0)
	if h.chunked {
		r.ContentLength = -1
		r.TransferEncoding = []string{"chunked"}
		if no := h.announce(); no != nil {
			return no
		}
	}
	r.Close = h.close || h.minor == 0 && !h.keepAlive
	return nil
}

// announce makes the names of the trailer known, as net/http does. Fields of
// framing may not be among them (RFC 9110 section 6.5.1).
func (h *head) announce() *refusal {
	for _, line := range h.trailer {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(trim(name))
			if name == "" {
				continue
			}
			if !grammar.Token(name) || name == "Trailer" || message.Framing(name) {
				return bad("Trailer")
			}
			if h.request.Trailer == nil {
				h.request.Trailer = http.Header{}
			}
			h.request.Trailer[name] = nil
		}
	}
	delete(h.request.Header, "Trailer")
	return nil
}
