package connect

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

// maxRefusal is how many bytes of the body of a refusal are shown.
const maxRefusal = 1024

// refusal is a handshake that was answered with another status than 101.
type refusal struct {
	status int
	kind   string // x-amzn-errortype
	trace  string // dragoman-trace
	body   []byte
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("refused: %d %s", r.status, http.StatusText(r.status))
	for _, part := range []string{r.kind, strings.TrimSpace(string(r.body))} {
		if part != "" {
			text += "  " + terminal.Safe(part)
		}
	}
	if r.trace != "" {
		text += "\ndragoman trace " + terminal.SafeLine(r.trace) + " tells why"
	}
	return text
}

// dial connects within the time of the options.
func dial(ctx context.Context, o *Options) (*websocket.Conn, *http.Response, *handshake, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	header := o.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if o.Sign != nil {
		if err := sign(ctx, o, header); err != nil {
			return nil, nil, nil, err
		}
	}
	hand := &handshake{RoundTripper: transport(o.Roots)}
	client := &http.Client{
		Transport:     hand,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	conn, response, err := websocket.Dial(ctx, o.Address.String(), &websocket.DialOptions{
		HTTPClient: client, HTTPHeader: header, Host: o.Host, Subprotocols: o.Subprotocols,
	})
	if err == nil {
		conn.SetReadLimit(maxFrame)
		return conn, response, hand, nil
	}
	if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxRefusal)) // as far as it came
		return nil, nil, nil, &refusal{response.StatusCode, response.Header.Get("x-amzn-ErrorType"), response.Header.Get("dragoman-trace"), body}
	}
	return nil, nil, nil, unreached(o, err)
}

// sign adds a signature over host and path to the fields of a handshake. Those of the
// upgrade are not signed: proxies may change them.
func sign(ctx context.Context, o *Options, header http.Header) error {
	plain := *o.Address
	plain.Scheme = strings.Replace(plain.Scheme, "ws", "http", 1)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, plain.String(), nil)
	if err != nil {
		return err
	}
	r.Host = cmp.Or(o.Host, r.Host)
	if err := o.Sign(r); err != nil {
		return err
	}
	for name, values := range r.Header {
		header[name] = values
	}
	return nil
}

// unreached words why there was no answer, or none of a WebSocket.
func unreached(o *Options, err error) error {
	if wrong, ok := errors.AsType[*url.Error](err); ok {
		err = wrong.Err
	}
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of %s is of an authority that is not believed; --ca FILE believes another (dragoman trust --print has that of --dev-tls and dragoman up)", o.Address.Host)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer within %s", o.Address.Host, o.Timeout)
	}
	return fmt.Errorf("could not connect to %s: %w", o.Address.Host, err)
}

func transport(roots *x509.CertPool) *http.Transport {
	var d net.Dialer
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, at string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(at)
			// RFC 6761, section 6.3: names under localhost are this machine, whether
			// or not a name service knows them.
			if name := strings.ToLower(strings.TrimSuffix(host, ".")); err == nil && strings.HasSuffix(name, ".localhost") {
				at = net.JoinHostPort("localhost", port)
			}
			return d.DialContext(ctx, network, at)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableKeepAlives:      true,
	}
}
