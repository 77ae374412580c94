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

// statusLines are the first lines of common answers, written once.
var statusLines = func() (lines [600]string) {
	for status := range lines {
		if text := http.StatusText(status); text != "" {
			lines[status] = "HTTP/1.1 " + strconv.Itoa(status) + " " + text + "\r\n"
		}
	}
	return lines
}()

// The reason phrase may be empty (RFC 9112 section 4); some clients want to see
// one.
func statusLine(status int) string {
	if status < len(statusLines) && statusLines[status] != "" {
		return statusLines[status]
	}
	return "HTTP/1.1 " + strconv.Itoa(status) + " status code " + strconv.Itoa(status) + "\r\n"
}

// requestID is the header that AWS puts last.
const requestID = "Apigw-Requestid"

// listed is a header of net/http's form as lines in the order of their names, so that one
// answer is like another: a map has no order.
func listed(lines message.Header, header http.Header) message.Header {
	for name, values := range header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		for _, value := range values {
			lines = append(lines, message.Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(lines, func(x, y message.Field) int { return strings.Compare(x.Name, y.Name) })
	return lines
}

// encode writes the head as it stands, up to the lines about the body. dated says
// that the server does not tell the time.
//
// Observed: AWS sends Date, Content-Type, Content-Length, Connection, then the
// other lines, and the request's id last. The others are in their own order;
// Content-Length may come behind them.
func (a *answer) encode(h message.Header, dated bool) {
	a.borrow()
	a.out = append(a.out, statusLine(a.status)...)
	if !dated {
		a.out = append(append(append(a.out, "Date: "...), a.exchange.conn.server.today()...), "\r\n"...)
	}
	a.named("Date", h)
	if a.status != http.StatusNotModified {
		a.named("Content-Type", h)
	}
	a.frame(h)
	a.trailers = announced(h.Values("Trailer"))
	for _, f := range h {
		if !placed(f.Name) && (a.trailers == nil || !slices.Contains(a.trailers, http.CanonicalHeaderKey(f.Name))) {
			a.line(f.Name, f.Value)
		}
	}
	a.named(requestID, h)
	a.bodyAt = len(a.out)
	if a.complete {
		a.out = append(a.out, "\r\n"...)
	}
}

// placed says whether a line has its own place in the head, or is none of the
// handler's.
func placed(name string) bool {
	switch len(name) {
	case 4:
		return message.Same(name, "Date")
	case 10:
		return message.Same(name, "Connection")
	case 12:
		return message.Same(name, "Content-Type")
	case 15:
		return message.Same(name, requestID)
	}
	return message.Framing(name) && !message.Same(name, "Host")
}

// frame decides what follows the head, if that is known by now, and writes the
// lines that say so. An answer to HEAD has the length that its body would have
// (RFC 9110 section 8.6).
func (a *answer) frame(h message.Header) {
	if n, ok := grammar.Digits(h.Get("Content-Length")); ok && bodyAllowed(a.status) {
		a.length = n
	}
	for _, f := range h {
		if !message.Same(f.Name, "Connection") {
			continue
		}
		for item := range strings.SplitSeq(f.Value, ",") {
			a.close = a.close || message.Same(grammar.Trim(item), "close")
		}
		if !message.Same(f.Value, "close") && !message.Same(f.Value, "keep-alive") {
			a.connection = append(a.connection, f.Value)
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

// frameLines writes Content-Length or Transfer-Encoding, and Connection: one of
// the first two and never both (RFC 9112 section 6.2).
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

// A client that is told that the connection ends sends no further request on it
// (RFC 9112 section 9.6). Handlers name fields of their own in Connection, as an
// upgrade does.
func (a *answer) connectionLine() {
	if a.exchange.conn.server.draining.Load() || a.exchange.body.unwanted() {
		a.close = true
	}
	for _, value := range a.connection {
		a.line("Connection", value)
	}
	if a.close {
		a.out = append(a.out, "Connection: close\r\n"...)
	} else if a.connection == nil {
		a.out = append(a.out, "Connection: keep-alive\r\n"...)
	}
}

// line writes one line. What no line can hold is left out or becomes a space (RFC 9110
// section 5.5): a value with a line end in it would be two lines, and the second whose
// who made the value wants.
func (a *answer) line(name, value string) {
	if !grammar.Token(name) {
		return
	}
	if value = grammar.Trim(value); !grammar.FieldValue(value) {
		value = clean(value)
	}
	a.out = grammar.AppendField(a.out, name, value)
}

// named writes the lines of one name.
func (a *answer) named(name string, h message.Header) {
	for _, f := range h {
		if message.Same(f.Name, name) {
			a.line(name, f.Value)
		}
	}
}

func (a *answer) lines(name string, values []string) {
	for _, value := range values {
		a.line(name, value)
	}
}

// Tabs are allowed within a value (RFC 9110 section 5.5).
func clean(value string) string {
	b := []byte(value)
	for i, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			b[i] = ' '
		}
	}
	return string(b)
}

// guess writes the Content-Type that the first bytes of a body look like, which
// is what handlers of net/http rely on (WHATWG MIME Sniffing).
func (a *answer) guess(p []byte) {
	a.sniff = false
	// Bytes of the body are there already, or the head is gone.
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
// by piece; HTTP/1.0 knows no chunks, so its connection ends with the body (RFC
// 9112 section 6.3). What was gathered of the body is moved behind the head.
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
		a.out = grammar.AppendChunkSize(a.out, end-a.bodyAt)
	}
	var buffer [frameRoom]byte
	lines := append(buffer[:0], a.out[end:]...)
	copy(a.out[a.bodyAt+len(lines):], a.out[a.bodyAt:end])
	copy(a.out[a.bodyAt:], lines)
	if a.framing == chunked {
		a.out = append(a.out, "\r\n"...)
	}
}

// end writes the last chunk with the trailer (RFC 9112 section 7.1.2): the names
// that were announced, and those with http.TrailerPrefix.
func (a *answer) end() {
	a.out = append(a.out, "0\r\n"...)
	for _, name := range a.trailers {
		if !message.Framing(name) && name != "Trailer" {
			a.lines(name, a.header[name])
		}
	}
	for name, values := range a.header {
		if rest, ok := strings.CutPrefix(name, http.TrailerPrefix); ok && !message.Framing(rest) {
			a.lines(rest, values)
		}
	}
	a.out = append(a.out, "\r\n"...)
}

// inform sends an interim answer with the header as it stands. A server must send
// none to a client of HTTP/1.0 (RFC 9110 section 15.2).
func (a *answer) inform(status int) {
	if a.exchange.request.ProtoMinor == 0 {
		return
	}
	if status == http.StatusContinue { // the handler has said itself what a read would
		a.mu.Lock()
		a.answered = true
		a.mu.Unlock()
	}
	a.borrow()
	a.out = append(a.out, statusLine(status)...)
	for name, values := range a.header {
		if !message.Framing(name) && !strings.HasPrefix(name, http.TrailerPrefix) {
			a.lines(name, values)
		}
	}
	a.out = append(a.out, "\r\n"...)
	_ = a.send(nil, "")
}
