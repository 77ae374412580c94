package http1

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

// told has whoever wants to know be told of a refusal, and says what its answer is to have
// as its trace, "" for none. head is what came of the request's head.
func (c *conn) told(no *refusal, head, id string) string {
	tell := c.server.Refused
	if tell == nil {
		return ""
	}
	line, _ := grammar.NextLine(head)
	method, _, ok := strings.Cut(line, " ")
	if !ok || len(method) > mostMethod || !grammar.Token(method) {
		method = ""
	}
	return tell(peer.Refused{
		Status: no.status, Why: explain(no, head, &c.server.Limits), Method: strings.Clone(method), Client: c.remote, RequestID: id,
		Body: `{"message":"` + no.message() + `"}`,
	})
}

// mostMethod is how long a method is that is told of: longer ones are no methods.
const mostMethod = 20

// explain words for people why a request was refused. It looks at the head once more, as far
// as that has come: a request that is served pays nothing for the words.
func explain(no *refusal, head string, limits *Limits) string {
	// What comes most often to a port without TLS is told as what it is, whatever was stumbled over.
	if strings.HasPrefix(head, "\x16\x03") {
		return "the first bytes, 0x16 0x03, begin a handshake of TLS: the client was told https:// or wss://, and here plain HTTP is spoken"
	}
	switch no {
	case errLate:
		return fmt.Sprintf("the client has begun its head and not ended it within %v: %s came, and no empty line after them", limits.Head.Round(time.Millisecond), counted(len(head), "byte"))
	case errFull:
		return "the head is long, and all memory that clients may hold together is taken (--max-bodies)"
	}
	switch no.status {
	case http.StatusRequestURITooLong:
		return fmt.Sprintf("the request target (path and query) is longer than %d bytes", limits.Target)
	case http.StatusRequestHeaderFieldsTooLarge:
		return tooLong(head, limits)
	}
	if why := misframed(no.reason, head); why != "" {
		return why
	}
	if why := misread(no.reason, head); why != "" {
		return why
	}
	return "the request cannot be read: " + no.reason
}

// tooLong words a head with too many lines or bytes, and names the longest header.
func tooLong(head string, limits *Limits) string {
	_, rest := grammar.NextLine(head)
	if lines := strings.Count(rest, "\n") - 1; lines > limits.Fields {
		return fmt.Sprintf("the head has %d header lines: at most %d are read", lines, limits.Fields)
	}
	why := fmt.Sprintf("the head (request line and headers) is longer than %d bytes", limits.HeadBytes)
	name, size := "", 0
	for line := range lines(head) {
		if n, _, ok := strings.Cut(line, ":"); ok && len(line) > size && named(n) {
			name, size = n, len(line)
		}
	}
	if name != "" {
		why += fmt.Sprintf("; its longest header is %s with %d bytes", name, size)
	}
	return why
}

// misframed words what is wrong with the ends of lines and with how the body ends; "" for
// anything else.
func misframed(reason, head string) string {
	switch grammar.Fault(reason) {
	case grammar.BareLine:
		return fmt.Sprintf("line %d of the head ends with LF (0x0A) alone: each line ends with CR LF (0x0D 0x0A)", bareLine(head))
	case grammar.EmptyLine:
		return "the request begins with an empty line: its first line is METHOD /path HTTP/1.1"
	case grammar.BadLength:
		return badLength(head)
	case grammar.OtherCoding:
		return "the header Transfer-Encoding asks for a coding other than chunked, which is the only one that is read"
	case grammar.TwoCodings:
		return "the header Transfer-Encoding is there twice"
	case grammar.BothLengths:
		return "the headers Content-Length and Transfer-Encoding are both there: each says where the body ends, and two servers could read two different bodies"
	case grammar.OldCoding:
		return "the header Transfer-Encoding is there in a request of HTTP/1.0, which has no chunks"
	case grammar.NoName, grammar.BadValue:
		return badLine(head)
	}
	return ""
}

// misread words what is wrong with the request line and with headers that are asked for; ""
// for anything else.
func misread(reason, head string) string {
	switch reason {
	case "request line":
		return badRequestLine(head)
	case "version":
		if line, _ := grammar.NextLine(head); strings.Count(line, " ") > 2 {
			return fmt.Sprintf("the first line has %d spaces, and METHOD /path HTTP/1.1 has two: one in a path is written %%20", strings.Count(line, " "))
		}
		return "the first line ends with a version that is not served here: HTTP/1.1 and HTTP/1.0 are, and HTTP/2 where it is negotiated"
	case "a fragment in the target":
		return `the request target has a "#" (0x23): a fragment is for the client alone and is written as %23 where it is meant`
	case "target":
		return badTarget(head)
	case "not one Host":
		if n := len(values(head, "Host")); n > 0 {
			return fmt.Sprintf("the header Host is there %d times: it chooses the API, so that there must be one", n)
		}
		return "there is no header Host, which chooses the API"
	case "Host":
		return badHost(head)
	case "a target of another host":
		return "the request target names another host than the header Host does"
	case "Expect":
		return "the header Expect asks for something other than 100-continue"
	case "Trailer":
		return "the header Trailer announces a field that may not follow a body, such as Content-Length, or one that is no name"
	case "HTTP/2":
		return "the client begins with HTTP/2, which is not spoken here"
	}
	return ""
}

// badRequestLine finds the part of the first line that is none. Parts are looked at from the left,
// since a fault in one moves the borders of those behind it. The line itself is not shown: its
// path may have a token.
func badRequestLine(head string) string {
	const form = "the first line is not METHOD /path HTTP/1.1 with single spaces: "
	line, _ := grammar.NextLine(head)
	method, rest, _ := strings.Cut(line, " ")
	target, _, ok := strings.Cut(rest, " ")
	switch {
	case method == "":
		return form + "it begins with a space, or is empty"
	case !grammar.Token(method):
		return form + "its method has " + octet(method, func(c byte) bool { return !grammar.TokenByte(c) })
	case rest == "":
		return form + "nothing follows the method"
	case target == "" && ok:
		return form + "there are two spaces (0x20) after the method"
	case !grammar.Visible(target):
		return form + "its path has " + octet(target, func(c byte) bool { return !grammar.Visible(string(c)) })
	}
	return form + "no version follows the path"
}

// badTarget says which form of a target was meant and went wrong (RFC 9112 section 3.2), since
// what is wrong with one form is right in another.
func badTarget(head string) string {
	line, _ := grammar.NextLine(head)
	method, rest, _ := strings.Cut(line, " ")
	target, _, _ := strings.Cut(rest, " ")
	switch {
	case method == http.MethodConnect:
		return "CONNECT asks for a tunnel of a proxy, which this is not"
	case target == "*":
		return `the request target "*" is for OPTIONS alone`
	case strings.HasPrefix(target, "/"):
		return "the request target has a % that two hexadecimal digits do not follow"
	case strings.Contains(target, "@"):
		return "the request target has a user before its host, which no address has here"
	}
	return "the request target begins neither with / nor with http:// or https:// and a host"
}

// badLength tells a second length from one that is none: the first is how requests are smuggled,
// the second a client's mistake, and they are looked for at different places.
func badLength(head string) string {
	found := values(head, "Content-Length")
	if len(found) > 1 {
		return fmt.Sprintf("the header Content-Length is there %d times", len(found))
	}
	const form = "the header Content-Length must be digits alone, at most 18 of them: it "
	value := ""
	if len(found) == 1 {
		value = found[0]
	}
	other := func(c byte) bool { return c < '0' || c > '9' }
	switch {
	case value == "":
		return form + "is empty"
	case strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII || other(byte(r)) }):
		return form + "has " + octet(value, other)
	}
	return form + fmt.Sprintf("has %d", len(value))
}

// badHost names the octet alone. The value may be a user and a password before an "@", which is what
// people write who take the header for an address.
func badHost(head string) string {
	found := values(head, "Host")
	if len(found) == 0 || found[0] == "" {
		return "the header Host is empty: it chooses the API"
	}
	stray := func(c byte) bool {
		return c < 'a' && (c < '0' || c > ':') && (c < 'A' || c > 'Z') && !strings.ContainsRune("-._%[]", rune(c)) || c > 'z'
	}
	if i := slices.IndexFunc([]byte(found[0]), stray); i >= 0 {
		return "the header Host has " + octet(found[0], stray) + ": it is a name or an address, and maybe : and a port"
	}
	return "the header Host is no name and no address with at most a port behind it, up to 65535"
}

// badLine finds the header line that is none. A line without a name is not shown: what
// stands there may be anything.
func badLine(head string) string {
	n := 1
	for line := range lines(head) {
		n++
		if _, _, _, err := grammar.Field(line); err == nil {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		at := fmt.Sprintf("line %d of the head ", n)
		switch {
		case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
			return at + "begins with a space or a tab: a header stands on one line (lines that go on are no longer HTTP)"
		case !ok:
			return at + "has no colon: a header is Name: value"
		case name == "":
			return at + "has no name before its colon: a header is Name: value"
		case !grammar.Token(name):
			return at + "has a name with " + octet(name, func(c byte) bool { return !grammar.TokenByte(c) }) + ": a header is Name: value, without a space before the colon"
		case named(name):
			return at + "is the header " + name + ", whose value has " + octet(value, func(c byte) bool { return !grammar.FieldValue(string(c)) }) + ": a value has no control characters"
		}
		return at + "has a value with a control character"
	}
	return ""
}

// lines are the header lines of a head, as far as it has come.
func lines(head string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, rest := grammar.NextLine(head); rest != ""; {
			var line string
			if line, rest = grammar.NextLine(rest); line == "" || !yield(line) {
				return
			}
		}
	}
}

// values are those of a header, for looking at and never for showing: see Refused.
func values(head, header string) (found []string) {
	for line := range lines(head) {
		if name, value, _, err := grammar.Field(line); err == nil && message.Same(name, header) {
			found = append(found, value)
		}
	}
	return found
}

// named says whether a name may be shown: it is one, and short enough to be meant as one.
func named(name string) bool { return len(name) <= mostName && grammar.Token(name) }

const mostName = 80

// bareLine is the number of the first line that ends without CR.
func bareLine(head string) int {
	n := 1
	for i := range len(head) {
		if head[i] != '\n' {
			continue
		}
		if i == 0 || head[i-1] != '\r' {
			break
		}
		n++
	}
	return n
}

// octet names the first byte that is wrong, and where it stands.
func octet(text string, wrong func(byte) bool) string {
	for i := range len(text) {
		if c := text[i]; wrong(c) {
			shown := ""
			switch {
			case c == ' ':
				shown = " (a space)"
			case c > ' ' && c < 0x7f:
				shown = fmt.Sprintf(" (%c)", c)
			}
			return fmt.Sprintf("the byte 0x%02X%s at place %d", c, shown, i+1)
		}
	}
	return "a byte that may not stand there"
}

// counted words a number of things, for a sentence with "1 bytes" reads like a fault of its own.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
