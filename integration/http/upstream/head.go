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
	length   int64          // declared, or -1
	chunked  bool
	empty    bool // no body follows, whatever was declared
	reusable bool // the connection may serve another exchange

	declared  string // Content-Length as it stands
	minor     int    // of HTTP/1.x
	keepAlive bool   // Connection: keep-alive
	shut      bool   // Connection: close
}

// readHead reads one head, interim or final, into h.
func (c *conn) readHead(h *head, o *Options, method string) error {
	text, err := c.headText(o.MaxHead)
	if err != nil {
		return err
	}
	line, rest := cutLine(text)
	if err := h.statusLine(line); err != nil {
		return err
	}
	var connection []string
	h.header = make(message.Header, 0, min(strings.Count(rest, "\n"), o.MaxFields)+2)
	for n := 0; rest != ""; n++ {
		if n == o.MaxFields {
			return garbage("more than %d header lines", o.MaxFields)
		}
		line, rest = cutLine(rest)
		name, value, err := field(line)
		if err != nil {
			return err
		}
		switch {
		case message.Same(name, "Connection"):
			connection = append(connection, value)
		case message.Same(name, "Keep-Alive"):
			c.keepFor(value, o.IdleTimeout)
		case message.Framing(name):
			if err := h.frame(name, value); err != nil {
				return err
			}
		case !message.HopByHop(name):
			h.header = append(h.header, message.Field{Name: name, Value: value})
		}
	}
	h.connection(connection)
	return h.judge(method)
}

const protocol = "HTTP/1."

// headText reads up to the empty line, and gives everything before it.
func (c *conn) headText(limit int) (string, error) {
	for scanned := 0; ; {
		for {
			data := c.buf[c.from:c.to]
			if n := min(len(data), len(protocol)); view(data[:n]) != protocol[:n] {
				return "", garbage("it begins %.40q", data)
			}
			i := strings.IndexByte(view(data[scanned:]), '\n')
			if i < 0 {
				break
			}
			line := data[scanned : scanned+i]
			scanned += i + 1
			if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
				text := string(data[:scanned-len(line)-1])
				c.from += scanned
				return text, nil
			}
			if scanned > limit {
				return "", garbage("a head over %d bytes", limit)
			}
		}
		if c.to-c.from > limit {
			return "", garbage("a head over %d bytes", limit)
		}
		if err := c.more(); err != nil {
			return "", err
		}
	}
}

// cutLine takes the first line; its ending is LF or CRLF.
func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// statusLine reads "HTTP/1.1 200 OK"; the reason may be empty or missing.
func (h *head) statusLine(line string) error {
	const form = "HTTP/1.x 200"
	if len(line) < len(form) || line[:7] != protocol || line[8] != ' ' ||
		len(line) > len(form) && line[len(form)] != ' ' || !grammar.FieldValue(line) {
		return garbage("status line %.80q", line)
	}
	if line[7] != '0' && line[7] != '1' {
		return garbage("version %.8q", line)
	}
	h.minor = int(line[7] - '0')
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

// field reads one header line. A folded line, or space around the name, is how
// smuggling looks and never how a backend writes.
func field(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || !grammar.Token(name) {
		return "", "", garbage("header line %.80q", line)
	}
	value = strings.Trim(value, " \t")
	if !grammar.FieldValue(value) {
		return "", "", garbage("value of header %.80s", name)
	}
	return name, value, nil
}

// frame reads Content-Length and Transfer-Encoding. A Host in a reply means
// nothing and is dropped.
func (h *head) frame(name, value string) error {
	switch len(name) {
	case len("Content-Length"):
		n, ok := grammar.Digits(value)
		if !ok || h.length >= 0 && h.declared != value {
			return garbage("Content-Length %.80q", value)
		}
		h.length, h.declared = n, value
	case len("Transfer-Encoding"):
		if h.chunked || !message.Same(value, "chunked") {
			return garbage("Transfer-Encoding %.80q", value)
		}
		h.chunked = true
	}
	return nil
}

// connection reads the Connection lines and removes the fields that they name.
func (h *head) connection(lines []string) {
	var named []string
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			switch item = strings.Trim(item, " \t"); {
			case message.Same(item, "close"):
				h.shut = true
			case message.Same(item, "keep-alive"):
				h.keepAlive = true
			case item != "":
				named = append(named, item)
			}
		}
	}
	for _, name := range named {
		h.header.Del(name)
	}
}

// judge decides what follows the head and whether the connection survives it.
func (h *head) judge(method string) error {
	if h.chunked && (h.length >= 0 || h.minor == 0) {
		return garbage("Transfer-Encoding beside Content-Length or in HTTP/1.0")
	}
	h.empty = method == "HEAD" || h.status < 200 || h.status == 204 || h.status == 304
	h.reusable = !h.shut && (h.minor == 1 || h.keepAlive)
	if h.empty && (h.status == 204 || h.status < 200) && (h.length > 0 || h.chunked) {
		// These have no body (RFC 9112 section 6.3), but this backend may send one.
		h.reusable, h.length = false, -1
	}
	if !h.empty && !h.chunked && h.length < 0 {
		h.reusable = false
	}
	return nil
}

// keepFor reads Keep-Alive: timeout=5. A connection is not used in the last
// second that its backend gives it.
func (c *conn) keepFor(value string, most time.Duration) {
	for item := range strings.SplitSeq(value, ",") {
		if text, ok := strings.CutPrefix(strings.Trim(item, " \t"), "timeout="); ok {
			if n, ok := grammar.Digits(text); ok && n < 3600 {
				c.idle = min(most, max(0, time.Duration(n-1)*time.Second))
			}
		}
	}
}
