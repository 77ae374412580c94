package upstream

import (
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

// head is a reply's head, read and judged.
type head struct {
	status   int
	header   message.Header // without hop-by-hop fields and framing
	framing  grammar.Framing
	empty    bool // no body follows, whatever was declared
	reusable bool // the connection may serve another exchange
}

// readHead reads one head, interim or final, into h. Fields are judged as strictly as
// those of clients: a reply that two readers take differently can be made another
// client's (RFC 9112 section 11.1). Their number is bounded beside their bytes, since
// short ones cost more than they say.
func (c *conn) readHead(h *head, o *Options, method string) error {
	text, err := c.headText(o.MaxHead)
	if err != nil {
		return err
	}
	line, rest := grammar.NextLine(text)
	if err := h.statusLine(line); err != nil {
		return err
	}
	h.framing.Length, h.framing.Repeats = -1, true
	if lines := min(strings.Count(rest, "\n"), o.MaxFields) + 1; cap(h.header) < lines {
		h.header = make(message.Header, 0, lines)
	}
	named := false // Connection names what else concerns it
	for n := 0; ; n++ {
		if line, rest = grammar.NextLine(rest); line == "" {
			break
		}
		// What is beyond is not looked at: it would be judged for nothing.
		if n == o.MaxFields {
			return garbage("more than %d header lines", o.MaxFields)
		}
		name, value, _, err := grammar.Field(line)
		if err == nil {
			err = h.framing.Note(name, value)
		}
		if err != nil {
			return garbage("%v: %.80q", err, line)
		}
		switch {
		// RFC 9110, 7.6.1: what it names ends here too, whatever comes before it.
		case message.Same(name, "Connection"):
			named = true
			h.header = append(h.header, message.Field{Name: name, Value: value})
		case message.Same(name, "Keep-Alive"):
			c.keepFor(value, o.IdleTimeout)
		case !message.Framing(name) && !message.HopByHop(name): // a Host in a reply means nothing
			h.header = append(h.header, message.Field{Name: name, Value: value})
		}
	}
	if named {
		h.header.RemoveHopByHop()
	}
	return h.judge(method)
}

const protocol = "HTTP/1."

// headText reads up to and with the empty line. Lines may end with LF alone (RFC 9112
// section 2.2); this is where the reading ends that is lenient, for no second backend
// reads it too. What begins otherwise is refused at once: who speaks TLS or HTTP/2
// unasked sends no empty line.
func (c *conn) headText(limit int) (string, error) {
	for looked := 0; ; {
		data := c.buf[c.from:c.to]
		if n := min(len(data), len(protocol)); view(data[:n]) != protocol[:n] {
			return "", garbage("it begins %.40q", data)
		}
		end, at, err := grammar.HeadEnd(data, looked, true)
		switch {
		case err != nil:
			return "", garbage("%v", err)
		case end > limit || at > limit || end == 0 && len(data) > limit:
			return "", garbage("a head over %d bytes", limit)
		case end > 0:
			c.from += end
			return string(data[:end]), nil
		}
		looked = at
		if err := c.More(); err != nil {
			return "", err
		}
	}
}

// statusLine reads "HTTP/1.1 200 OK"; the reason may be empty, and missing with its
// space although RFC 9112 section 4 asks for that: servers leave it out.
func (h *head) statusLine(line string) error {
	const form = "HTTP/1.x 200"
	if len(line) < len(form) || line[:7] != protocol || line[8] != ' ' ||
		len(line) > len(form) && line[len(form)] != ' ' || !grammar.FieldValue(line) {
		return garbage("status line %.80q", line)
	}
	// RFC 9110, 2.5: a minor version tells what a server can do; one that is not known
	// promises nothing about framing.
	if line[7] != '0' && line[7] != '1' {
		return garbage("version %.8q", line)
	}
	h.framing.Minor = int(line[7] - '0')
	for _, c := range []byte(line[9:12]) {
		if c < '0' || c > '9' {
			return garbage("status line %.80q", line)
		}
		h.status = 10*h.status + int(c-'0')
	}
	if h.status < 100 {
		return garbage("status %d", h.status)
	}
	return nil
}

// judge decides what follows the head and whether the connection survives it.
func (h *head) judge(method string) error {
	f := &h.framing
	if err := f.Judge(); err != nil {
		return garbage("%v", err)
	}
	// RFC 9112 section 6.3, item 1: none of these has a body, whatever it says.
	h.empty = method == "HEAD" || h.status < 200 || h.status == 204 || h.status == 304
	h.reusable = f.Persists()
	if h.empty && (h.status == 204 || h.status < 200) && (f.Length > 0 || f.Chunked) {
		// These have no body (RFC 9112 section 6.3), but this backend may send one.
		h.reusable, f.Length = false, -1
	}
	// RFC 9112 section 6.3, item 8: such a body ends with its connection.
	if !h.empty && !f.Chunked && f.Length < 0 {
		h.reusable = false
	}
	return nil
}

// keepFor reads Keep-Alive: timeout=5, a field of RFC 2068 (section 19.7.1) that servers
// still send. A connection is not used in the last second that its backend gives it:
// the request would meet its end half-way.
func (c *conn) keepFor(value string, most time.Duration) {
	for item := range strings.SplitSeq(value, ",") {
		if text, ok := strings.CutPrefix(grammar.Trim(item), "timeout="); ok {
			if n, ok := grammar.Digits(text); ok && n < 3600 {
				c.idle = min(most, max(0, time.Duration(n-1)*time.Second))
			}
		}
	}
}
