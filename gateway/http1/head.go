package http1

import (
	"net/http"
	"strings"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

// head is a request's head while it is read.
type head struct {
	request *http.Request
	fields  message.Header // every line, as it was sent
	header  http.Header    // an empty one to be filled, nil for a new one
	canon   []byte         // the head once more, for names that were not spelled canonically

	host          string
	hosts         int
	unnamed       bool // Limits.Unnamed
	framing       grammar.Framing
	expects       bool     // 100-continue
	trailer       []string // lines of Trailer
	unknownExpect bool
}

// read reads a head, from the request line to the empty line, into h.request. All
// strings are parts of text: one allocation holds them all. Lines are counted before
// anything is made of them, so that many short ones cost nothing.
func (h *head) read(text string, limits *Limits) *refusal {
	line, rest := grammar.NextLine(text)
	if no := h.requestLine(line, limits); no != nil {
		return no
	}
	lines := strings.Count(rest, "\n") - 1
	if lines > limits.Fields {
		return tooManyFields()
	}
	h.framing.Length = -1
	if cap(h.fields) < lines { // appending must not move them: the header points into them
		h.fields = make(message.Header, 0, max(lines, fewFields))
	}
	header := h.header
	if header == nil {
		header = make(http.Header, lines)
	}
	h.request.Header = header
	for at := len(line) + 2; ; {
		if line, rest = grammar.NextLine(rest); line == "" {
			break
		}
		if no := h.line(text, line, at, header); no != nil {
			return no
		}
		at += len(line) + 2
	}
	return h.judge()
}

// fewFields are as many lines as most heads have at most.
const fewFields = 8

// line reads one header line, which begins at text[at]. It is kept as it was sent, for
// backends that want the client's spelling, and under its canonical name, where handlers
// look.
func (h *head) line(text, line string, at int, header http.Header) *refusal {
	name, value, canonical, err := grammar.Field(line)
	if err != nil {
		return faulty(err)
	}
	h.fields = append(h.fields, message.Field{Name: name, Value: value})
	if !canonical {
		if h.canon == nil {
			h.canon = []byte(text)
		}
		name = canonicalize(h.canon[at : at+len(name)])
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

// canonicalize spells a name canonically in place, as http.CanonicalHeaderKey
// does, but without a copy; nothing else changes it.
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

// note takes in what concerns the connection; keep says whether handlers see the
// line in Request.Header, which is where net/http shows it to them.
func (h *head) note(name, value string) (keep bool, no *refusal) {
	switch name {
	case "Host":
		h.hosts++
		h.host = value
		return false, nil
	// RFC 9112 section 6.3: together they say where the body ends, and two readings of
	// that are two requests. Each is judged as it comes, and all of them at the end.
	case "Content-Length", "Transfer-Encoding", "Connection":
		return name != "Transfer-Encoding", faulty(h.framing.Note(name, value))
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

// judge looks at the head as a whole. RFC 9112 section 3.2: one Host, in
// HTTP/1.1; where a host chooses the API it is asked of HTTP/1.0 too. RFC 9110
// section 10.1.1: an expectation that cannot be met is 417.
func (h *head) judge() *refusal {
	r := h.request
	switch {
	case h.hosts == 0 && h.unnamed && h.framing.Minor == 0: // nobody asked for one then
	case h.hosts != 1:
		return bad("not one Host")
	case !grammar.Host(h.host):
		return bad("Host")
	// RFC 9112 section 3.2.2 lets the target decide. Whoever stands before may have
	// decided by the Host, so that two that differ are refused.
	case r.URL.Host != "" && !message.Same(r.URL.Host, h.host):
		return bad("a target of another host")
	}
	if err := h.framing.Judge(); err != nil {
		return faulty(err)
	}
	if h.unknownExpect {
		return &refusal{http.StatusExpectationFailed, "Expect"}
	}
	r.Host = h.host
	r.ContentLength = max(h.framing.Length, 0)
	if h.framing.Chunked {
		r.ContentLength = -1
		r.TransferEncoding = []string{"chunked"}
		if no := h.announce(); no != nil {
			return no
		}
	}
	r.Close = !h.framing.Persists()
	return nil
}

// announce makes the names of the trailer known, as net/http does. Fields of
// framing may not be among them (RFC 9110 section 6.5.1).
func (h *head) announce() *refusal {
	for _, line := range h.trailer {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(grammar.Trim(name))
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
