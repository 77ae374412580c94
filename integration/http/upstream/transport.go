package upstream

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

var _ http.RoundTripper = (*Client)(nil)

// RoundTrip implements http.RoundTripper, for callers whose requests are net/http's: what
// signs requests to AWS wants them so. The context bounds the exchange, but for the reading
// of a body that moves. It sends no trailer and gives none.
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		// net/http's contract: the body is closed here, also when nothing of it was sent.
		defer req.Body.Close()
	}
	o := &integration.Outgoing{
		Method: req.Method, Scheme: req.URL.Scheme, Address: req.URL.Host, Host: req.Host,
		Target: req.URL.RequestURI(), Header: message.FromHTTP(req.Header),
	}
	if o.Method == "" {
		o.Method = http.MethodGet
	}
	if req.Body != nil && req.Body != http.NoBody {
		if o.Body, o.Length = req.Body, req.ContentLength; o.Length == 0 {
			o.Length = -1 // net/http means by it that the length is not known
		}
	}
	in, err := c.Forward(req.Context(), o, o.Address)
	if err != nil {
		return nil, err
	}
	// No redirect is followed and nothing is unzipped: a signature is for one request.
	return &http.Response{
		Status: http.StatusText(in.Status), StatusCode: in.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: in.Header.HTTP(), Body: in.Body, ContentLength: in.Length, Request: req,
	}, nil
}

// CloseIdleConnections is CloseIdle, by the name that net/http has for it.
func (c *Client) CloseIdleConnections() { c.CloseIdle() }
