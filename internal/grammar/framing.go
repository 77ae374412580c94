package grammar

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/message"
)

// Framing is what a head says of how its body ends and of its connection (RFC 9112
// sections 6 and 9.3).
type Framing struct {
	Length    int64 // of the body; -1 when it is not declared
	Chunked   bool
	Minor     int  // of HTTP/1.x
	Close     bool // Connection: close
	KeepAlive bool // Connection: keep-alive

	// Repeats lets the same length be said again in the same words, as RFC 9112
	// section 6.3 allows; two are refused otherwise.
	Repeats  bool
	declared string // the length as it stands
}

// Note takes in a header line, whatever its name. Connection is a list whose items
// have no case (RFC 9110 section 7.6.1). Errors: BadLength, OtherCoding,
// TwoCodings.
func (f *Framing) Note(name, value string) error {
	switch {
	case message.Same(name, "Content-Length"):
		n, ok := Digits(value)
		if !ok || f.Length >= 0 && (!f.Repeats || f.declared != value) {
			return BadLength
		}
		f.Length, f.declared = n, value
	case message.Same(name, "Transfer-Encoding"):
		if f.Chunked {
			return TwoCodings
		}
		if !message.Same(value, "chunked") {
			return OtherCoding
		}
		f.Chunked = true
	case message.Same(name, "Connection"):
		for item := range strings.SplitSeq(value, ",") {
			item = Trim(item)
			f.Close = f.Close || message.Same(item, "close")
			f.KeepAlive = f.KeepAlive || message.Same(item, "keep-alive")
		}
	}
	return nil
}

// Judge looks at the lines together: both kinds of framing, and chunks in HTTP/1.0,
// are how messages are smuggled (RFC 9112 section 6.1). Errors: BothLengths,
// OldCoding.
func (f *Framing) Judge() error {
	switch {
	case f.Chunked && f.Length >= 0:
		return BothLengths
	case f.Chunked && f.Minor == 0:
		return OldCoding
	}
	return nil
}

// Persists says whether the connection may serve another exchange after this one.
func (f *Framing) Persists() bool { return !f.Close && (f.Minor > 0 || f.KeepAlive) }
