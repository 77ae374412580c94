package http2

import (
	"net/http"
	"net/url"
	"strings"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
	"golang.org/x/net/http2/hpack"
)

// block is a header block while it is read. It is decoded as it comes, for the table of
// headers must be as the client thinks it is; of one that is refused nothing is kept.
type block struct {
	id      uint32
	fields  message.Header // lines, names in small letters; the first is left for Host
	end     bool           // the stream ends with it
	trailer bool           // it follows a body
	frames  int
	encoded int // bytes of it

	size, lines                     int
	method, scheme, path, authority string
	seen                            uint8  // pseudo-headers
	regular                         bool   // there was a field that is none
	wrong                           string // why it is malformed, in words without values; "" while it is not
	large                           bool   // 431
	length                          int64
	host                            string
	expects                         bool
	cookie                          []byte // crumbs, put together
	announces                       bool
}

// start begins a block.
func (b *block) start(id uint32, fields message.Header, end, trailer bool) {
	// The room of the block before is used again, for none is read beside it.
	*b = block{id: id, fields: append(fields[:0], message.Field{Name: "Host"}), cookie: b.cookie[:0], end: end, trailer: trailer, length: -1}
}

// field takes in a field; package hpack calls it.
func (c *conn) field(f hpack.HeaderField) {
	b, limits := &c.head, &c.server.Limits
	// RFC 9113 section 6.5.2: what a list takes is counted with 32 for each line.
	b.size += len(f.Name) + len(f.Value) + 32
	// Pseudo-headers are no lines of HTTP/1.1, which the bound is shared with.
	if b.lines++; b.size > limits.HeadBytes || b.lines > limits.Fields+4 {
		b.large = true
		c.hpack.SetEmitEnabled(false) // the rest is decoded, and nothing made of it
		return
	}
	if strings.HasPrefix(f.Name, ":") {
		b.pseudo(f.Name, f.Value)
		return
	}
	b.regular = true
	b.line(c, f.Name, f.Value)
}

// pseudo takes in a pseudo-header (RFC 9113 section 8.3): each once, and before all others.
func (b *block) pseudo(name, value string) {
	var bit uint8
	switch name {
	case ":method":
		bit, b.method = 1, value
	case ":scheme":
		bit, b.scheme = 2, value
	case ":path":
		bit, b.path = 4, value
	case ":authority":
		bit, b.authority = 8, value
	}
	// Two servers could take different ones of two, and one behind other fields might have been
	// laid there by whoever made those: such a request is nobody's.
	switch {
	case bit == 0:
		b.fault("it has a pseudo-header other than :method, :scheme, :path and :authority")
	case b.regular || b.trailer:
		b.fault("the pseudo-header " + name + " stands behind other headers, or behind the body")
	case b.seen&bit != 0:
		b.fault("the pseudo-header " + name + " is there twice")
	}
	b.seen |= bit
}

// line takes in a field of RFC 9113 section 8.2.
func (b *block) line(c *conn, name, value string) {
	// RFC 9113 section 8.2.1: what is behind speaks HTTP/1.1, where each of these would be another
	// line, or another value.
	switch {
	case !smallToken(name):
		b.fault("a header has a name that is none: names are small letters, digits and !#$%&'*+-.^_`|~")
		return
	case !grammar.FieldValue(value):
		b.fault("the value of the header " + shown(name) + " has a control character")
		return
	case len(grammar.Trim(value)) != len(value):
		b.fault("the value of the header " + shown(name) + " begins or ends with a space")
		return
	}
	switch name {
	// RFC 9113 section 8.2.2: fields of a connection.
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		b.fault("the header " + name + " is about a connection of HTTP/1.1")
	case "te":
		if value != "trailers" {
			b.fault("the header te may say trailers alone")
		}
	case "content-length":
		// A sign, a space or a list would be read differently by somebody behind (RFC 9110 section
		// 8.6), and HTTP/1.1 is what stands behind.
		n, ok := grammar.Digits(value)
		if !ok || b.length >= 0 && n != b.length {
			b.fault("the header content-length is no number, or there are two that differ")
		}
		if b.length >= 0 {
			return // the same twice (RFC 9110 section 8.6)
		}
		b.length = n
	case "host":
		// RFC 9113 section 8.3.1: it may stand beside :authority, and not say another.
		if b.host != "" && b.host != value {
			b.fault("the header host is there twice, and they differ")
		}
		b.host = value
		return
	case "expect":
		if message.Same(value, "100-continue") { // which is met here, so that nobody else need be asked
			b.expects = true
			return
		}
	case "trailer":
		b.announces = true
	case "cookie":
		// RFC 9113 section 8.2.3: its crumbs are one line to everybody else.
		if len(b.cookie) > 0 {
			b.cookie = append(b.cookie, "; "...)
		}
		b.cookie = append(b.cookie, value...)
		return
	}
	b.fields = append(b.fields, message.Field{Name: c.canonical(name), Value: value})
}

// fault notes what is wrong with a head. It is told to whoever looks for the reason, since the
// client is told none: RFC 9113 section 8.1.1 has a code for all of it. What was found first is
// kept, for the rest may follow from it.
func (b *block) fault(why string) {
	if b.wrong == "" {
		b.wrong = why
	}
}

// shown is a name as it is told: a long one may be anything.
func shown(name string) string {
	if len(name) > 64 {
		return name[:64] + "…"
	}
	return name
}

// smallToken says whether a name is a token without capitals.
func smallToken(name string) bool {
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return grammar.Token(name)
}

// keptNames is how many canonical names a connection remembers: clients send the same few.
const keptNames = 64

// canonical is a name as handlers look it up.
func (c *conn) canonical(name string) string {
	// The names are the client's own, so that it fills the room of nobody else.
	if known, ok := c.names[name]; ok {
		return known
	}
	long := http.CanonicalHeaderKey(name)
	if c.names == nil {
		c.names = map[string]string{}
	}
	if len(c.names) < keptNames && len(name) <= 64 {
		c.names[name] = long
	}
	return long
}

// Verdicts on a head.
const (
	fine      = 0
	malformed = -1 // RFC 9113 section 8.1.1: a stream error
)

// judge looks at the head as a whole, and gives the status that refuses it, fine or malformed.
func (b *block) judge(limits *Limits) int {
	if b.large {
		return http.StatusRequestHeaderFieldsTooLarge
	}
	// RFC 9113 section 8.3.1: a request that came by way of HTTP/1.1 may have Host alone.
	if b.authority == "" {
		b.authority = b.host
	}
	// CONNECT reaches handlers as net/http has it, who know no route for it.
	connect := b.method == http.MethodConnect
	switch {
	case b.wrong != "":
	case !grammar.Token(b.method):
		b.fault("there is no :method, or it is none")
	case b.end && b.length > 0:
		b.fault("the header content-length promises a body, and none came")
	case b.host != "" && !message.Same(b.host, b.authority):
		b.fault("the header host says another host than :authority")
	// RFC 9113 section 8.5: CONNECT has an authority alone, which RFC 8441 would change.
	case connect && b.seen != 1|8:
		b.fault("CONNECT has :authority, and neither :scheme nor :path")
	case !connect && b.seen&7 != 7:
		b.fault(":method, :scheme and :path are not all there")
	case !connect && b.scheme != "http" && b.scheme != "https":
		b.fault(":scheme is neither http nor https")
	case !connect && (b.path == "" || !grammar.Visible(b.path) || strings.IndexByte(b.path, '#') >= 0):
		b.fault(":path is empty, or has a space, a control character or a fragment")
	case !connect && b.path[0] != '/' && (b.path != "*" || b.method != http.MethodOptions):
		b.fault(":path does not begin with /")
	case len(b.path) > limits.Target:
		return http.StatusRequestURITooLong
	case !grammar.Host(b.authority):
		return http.StatusBadRequest
	default:
		return fine
	}
	return malformed
}

// open makes the request of a head that was judged; false when its target is none.
func (st *stream) open(b *block) bool {
	st.cure()
	c, r, header := st.conn, &st.request, st.request.Header
	*r = *(&http.Request{}).WithContext(&st.context)
	if header == nil {
		header = make(http.Header, len(b.fields)+2)
	}
	st.context.stream = st
	if len(b.cookie) > 0 {
		b.fields = append(b.fields, message.Field{Name: "Cookie", Value: string(b.cookie)})
	}
	st.fields = b.fields
	st.fields[0].Value = b.authority
	r.Method, r.Host, r.RequestURI, r.RemoteAddr, r.TLS = b.method, b.authority, b.path, c.remote, c.secure
	r.Proto, r.ProtoMajor, r.Header, r.Body, r.URL = "HTTP/2.0", 2, header, http.NoBody, &st.url
	if b.method == http.MethodConnect {
		r.RequestURI, st.url.Host = b.authority, b.authority
	} else if !grammar.PlainTarget(r.URL, b.path) {
		u, err := url.ParseRequestURI(b.path)
		if err != nil {
			return false
		}
		st.url = *u
	}
	// The values in the list of lines serve as slices of one.
	// Names are canonical already, for the list is what backends and events get.
	for i := 1; i < len(st.fields); i++ {
		f := &st.fields[i]
		if before, ok := header[f.Name]; ok {
			header[f.Name] = append(before[:len(before):len(before)], f.Value)
			continue
		}
		header[f.Name] = unsafe.Slice(&f.Value, 1)
	}
	// Only now is there a body: most requests have none, and then nothing of it is touched.
	if !b.end {
		st.body = body{stream: st, length: b.length, credit: streamWindow, expects: b.expects}
		r.Body, r.ContentLength = &st.body, b.length
		if b.announces {
			st.announce()
		}
	}
	st.answer.stream, st.answer.length = st, -1
	return true
}

// announce makes the names of the trailer known, as net/http does. Fields of framing may not
// be among them (RFC 9110 section 6.5.1).
func (st *stream) announce() {
	r := &st.request
	for _, name := range announced(r.Header["Trailer"]) {
		if grammar.Token(name) && name != "Trailer" && !message.Framing(name) {
			if r.Trailer == nil {
				r.Trailer = http.Header{}
			}
			r.Trailer[name] = nil
		}
	}
	delete(r.Header, "Trailer")
}
