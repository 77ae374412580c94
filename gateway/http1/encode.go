package http1

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

// frameRoom is kept free behind a body that is being gathered, for the header
// lines that tell its length.
const frameRoom = 128

// statusLines are the first lines of common answers.
var statusLines = func() (lines [600]string) {
	for status := range lines {
		if text := http.StatusText(status); text != "" {
			lines[status] = "HTTP/1.1 " + strconv.Itoa(status) + " " + text + "\r\n"
		}
	}
	return lines
}()

func statusLine(status int) string {
	if status < len(statusLines) && statusLines[status] != "" {
		return statusLines[status]
	}
	return "HTTP/1.1 " + strconv.Itoa(status) + " status code " + strconv.Itoa(status) + "\r\n"
}

// requestID is the header that AWS puts last.
const requestID = "Apigw-Requestid"

// line is one name of a header with its values.
type line struct {
	name   string
	values []string
}

// encode writes the head as it stands, up to the lines about the body.
//
// Observed: AWS sends Date, Content-Type, Content-Length, Connection, then the
// other lines, and the request's id last. The others are in the order of their
// names; Content-Length may come behind them.
func (a *answer) encode() {
	a.borrow()
	a.out = append(a.out, statusLine(a.status)...)
	header := a.header
	if dates := header["Date"]; len(dates) > 0 {
		a.field("Date", dates)
	} else if _, set := header["Date"]; !set {
		a.out = append(append(append(a.out, "Date: "...), a.exchange.conn.server.today()...), "\r\n"...)
	}
	if a.status != http.StatusNotModified {
		a.field("Content-Type", header["Content-Type"])
	}
	_, typed := header["Content-Type"]
	a.sniff = !typed && len(header["Content-Encoding"]) == 0
	a.frame(header)
	var buffer [24]line
	lines := buffer[:0]
	for name, values := range header {
		switch name {
		case "Date", "Content-Type", "Content-Length", "Connection", "Transfer-Encoding", requestID:
			continue
		case "Trailer":
			a.trailers = announced(values)
		}
		if !strings.HasPrefix(name, http.TrailerPrefix) {
			lines = append(lines, line{name, values})
		}
	}
	slices.SortFunc(lines, func(x, y line) int { return strings.Compare(x.name, y.name) })
	for i := range lines {
		if !slices.Contains(a.trailers, lines[i].name) {
			a.field(lines[i].name, lines[i].values)
		}
	}
	a.field(requestID, header[requestID])
	a.bodyAt = len(a.out)
	if a.complete {
		a.out = append(a.out, "\r\n"...)
	}
}

// frame decides what follows the head, if that is known by now, and writes the
// lines that say so.
func (a *answer) frame(header http.Header) {
	if lengths := header["Content-Length"]; len(lengths) > 0 {
		if n, ok := grammar.Digits(lengths[0]); ok && (bodyAllowed(a.status)) {
			a.length = n
		}
	}
	for _, value := range header["Connection"] {
		for item := range strings.SplitSeq(value, ",") {
			a.close = a.close || message.Same(trim(item), "close")
		}
	}
	switch {
	case !bodyAllowed(a.status):
		a.framing, a.sniff, a.complete = bodiless, false, true
	case a.exchange.request.Method == http.MethodHead:
		// Without a length the head waits: what is written tells it.
		a.framing, a.complete = bodiless, a.length >= 0
	case a.length == 0:
		a.framing, a.sniff, a.complete = declared, false, true
	case a.length > 0 && !a.sniff:
		a.framing, a.complete = declared, true
	}
	if a.complete {
		a.frameLines()
	}
}

// frameLines writes Content-Length or Transfer-Encoding, and Connection.
func (a *answer) frameLines() {
	switch {
	case a.framing == chunked:
		a.out = append(a.out, "Transfer-Encoding: chunked\r\n"...)
	case a.length >= 0:
		a.out = append(a.out, "Content-Length: "...)
		a.out = strconv.AppendInt(a.out, a.length, 10)
		a.out = append(a.out, "\r\n"...)
	}
	a.connectionLine()
}

func (a *answer) connectionLine() {
	if a.exchange.conn.server.draining.Load() || a.exchange.body.unwanted() {
		a.close = true
	}
	own := false
	for _, value := range a.header["Connection"] {
		if !message.Same(value, "close") && !message.Same(value, "keep-alive") {
			a.field("Connection", []string{value})
			own = true
		}
	}
	if a.close {
		a.out = append(a.out, "Connection: close\r\n"...)
	} else if !own {
		a.out = append(a.out, "Connection: keep-alive\r\n"...)
	}
}

// field writes the lines of one name. What no line can hold is left out or
// becomes a space.
func (a *answer) field(name string, values []string) {
	if len(values) == 0 || !grammar.Token(name) {
		return
	}
	for _, value := range values {
		a.out = append(append(a.out, name...), ": "...)
		value = trim(value)
		if grammar.FieldValue(value) {
			a.out = append(a.out, value...)
		} else {
			a.out = appendClean(a.out, value)
		}
		a.out = append(a.out, "\r\n"...)
	}
}

func appendClean(b []byte, value string) []byte {
	for i := range len(value) {
		c := value[i]
		if c < ' ' && c != '\t' || c == 0x7f {
			c = ' '
		}
		b = append(b, c)
	}
	return b
}

// guess writes the Content-Type that the first bytes of a body look like.
func (a *answer) guess(p []byte) {
	a.sniff = false
	if a.complete || len(a.out) > a.bodyAt {
		return
	}
	a.out = append(append(append(a.out, "Content-Type: "...), http.DetectContentType(p)...), "\r\n"...)
	a.bodyAt = len(a.out)
	if a.length >= 0 && a.framing == undecided {
		a.decide()
	}
}

// decide ends the head. An answer whose length is not known by now is sent piece
// by piece. What was gathered of the body stays behind the head.
func (a *answer) decide() {
	switch {
	case a.framing == bodiless:
	case a.length >= 0:
		a.framing = declared
	case a.exchange.request.ProtoMinor == 0:
		a.framing, a.close = untilClose, true
	default:
		a.framing = chunked
	}
	end := len(a.out)
	a.frameLines()
	a.out = append(a.out, "\r\n"...)
	a.complete = true
	if end == a.bodyAt {
		return
	}
	if a.framing == chunked {
		a.out = append(strconv.AppendInt(a.out, int64(end-a.bodyAt), 16), "\r\n"...)
	}
	var buffer [frameRoom]byte
	lines := append(buffer[:0], a.out[end:]...)
	copy(a.out[a.bodyAt+len(lines):], a.out[a.bodyAt:end])
	copy(a.out[a.bodyAt:], lines)
	if a.framing == chunked {
		a.out = append(a.out, "\r\n"...)
	}
}

// end writes the last chunk with the trailer: the names that were announced, and
// those with http.TrailerPrefix.
func (a *answer) end() {
	a.out = append(a.out, "0\r\n"...)
	for _, name := range a.trailers {
		if !message.Framing(name) && name != "Trailer" {
			a.field(name, a.header[name])
		}
	}
	for name, values := range a.header {
		if rest, ok := strings.CutPrefix(name, http.TrailerPrefix); ok && !message.Framing(rest) {
			a.field(rest, values)
		}
	}
	a.out = append(a.out, "\r\n"...)
}

// inform sends an interim answer with the header as it stands. HTTP/1.0 knows
// none.
func (a *answer) inform(status int) {
	if a.exchange.request.ProtoMinor == 0 {
		return
	}
	if status == http.StatusContinue {
		a.mu.Lock()
		a.answered = true
		a.mu.Unlock()
	}
	a.borrow()
	a.out = append(a.out, statusLine(status)...)
	for name, values := range a.header {
		if !message.Framing(name) && !strings.HasPrefix(name, http.TrailerPrefix) {
			a.field(name, values)
		}
	}
	a.out = append(a.out, "\r\n"...)
	_ = a.send(nil, "")
}
