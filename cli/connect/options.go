package connect

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
)

// Options say where a session connects and what it does there.
type Options struct {
	Address      *url.URL // ws or wss
	Header       http.Header
	Host         string // in place of the address's; "" for that
	Subprotocols []string
	Roots        *x509.CertPool                      // whom to believe; nil for the system's
	Sign         func(handshake *http.Request) error // nil sends no signature

	Timeout   time.Duration // of a handshake, a pong, and an expectation that says nothing else
	Messages  []string      // are sent in place of standard input; nil reads that
	Wait      time.Duration // how long answers are waited for after the last message; negative: until the connection ends
	Reconnect bool          // connect again when the connection ends
	JSON      bool          // tell everything as lines of JSON
	Pretty    bool          // show JSON over several lines
	Record    string        // a file for the conversation; "" for none
	Play      []string      // files of conversations, which are played one after the other

	In       io.Reader
	Out, Err io.Writer

	// Why tells how an answer came to be; nil where nobody can be asked.
	Why func(context.Context, Answer) (string, error)
}

// Answer is the last frame of a connection, for whoever is asked why it came.
type Answer struct {
	Key   string        // the handshake's Sec-WebSocket-Key
	Trace string        // the id of the handshake's trace, where its answer had one
	Frame *script.Frame // nil where none came yet
	Sent  *script.Frame // the last message, nil for none
}

// ErrDifferent says that a conversation that was played went otherwise; how has been told.
var ErrDifferent = errors.New("the conversation went otherwise")

// ErrClosed says that the server ended the connection before the session was over; how
// has been told.
var ErrClosed = errors.New("the connection ended")

// IsAddress says whether a word of the command line is an address and not the name of an
// API: it has a scheme, or a port.
func IsAddress(word string) bool {
	if strings.Contains(word, "://") {
		return true
	}
	host, _, _ := strings.Cut(word, "/")
	_, port, err := net.SplitHostPort(host)
	return err == nil && port != "" && strings.Trim(port, "0123456789") == ""
}

// ParseAddress reads an address. Without a scheme it is one of ws; http and https stand
// for ws and wss.
func ParseAddress(word string) (*url.URL, error) {
	if !strings.Contains(word, "://") {
		word = "ws://" + word
	}
	u, err := url.Parse(word)
	if err != nil {
		var wrong *url.Error
		if errors.As(err, &wrong) {
			err = wrong.Err
		}
		return nil, fmt.Errorf("%q is no address: %w", word, err)
	}
	switch u.Scheme = strings.ToLower(u.Scheme); u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	case "ws", "wss":
	default:
		return nil, fmt.Errorf("%q is no address of a WebSocket: want ws:// or wss://", word)
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("%q names no host", word)
	}
	u.Fragment = ""
	return u, nil
}
