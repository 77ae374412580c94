package http

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
)

// standard forwards through net/http, which knows how to talk to proxies; without
// one the room upstream does it. A transport verifies one server name, so there
// is one for each that private integrations ask for.
// Documented: API Gateway Developer Guide, Create private integrations for HTTP
// APIs, tlsConfig.
type standard struct {
	options *Options
	public  *http.Transport

	mu     sync.Mutex // Protects fields below.
	byName map[string]*http.Transport
}

// maxNames bounds the transports by server name.
const maxNames = 256

func newStandard(o *Options) *standard {
	s := &standard{options: o, byName: map[string]*http.Transport{}}
	s.public = s.transport("")
	return s
}

// Nothing is decompressed: the reply goes to the client as the backend wrote it.
// Documented: API Gateway Developer Guide, Customize HTTP API access logs:
// backends are spoken to in HTTP/1.1, whatever the client speaks.
func (s *standard) transport(serverName string) *http.Transport {
	dialer := s.options.Deny.Dialer(&net.Dialer{Timeout: s.options.DialTimeout, KeepAlive: 30 * time.Second})
	return &http.Transport{
		Proxy:                  s.options.Proxy,
		DialContext:            s.options.Descriptors.Dialer(dialer.DialContext),
		TLSHandshakeTimeout:    s.options.DialTimeout,
		TLSClientConfig:        tlsConfig(s.options, serverName),
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // AWS speaks HTTP/1.1 to backends
		MaxIdleConns:           8192,
		MaxIdleConnsPerHost:    1024,
		IdleConnTimeout:        55 * time.Second,
		MaxResponseHeaderBytes: maxHead,
		DisableCompression:     true,
		WriteBufferSize:        8 << 10,
		ReadBufferSize:         8 << 10,
	}
}

// TLS 1.0 and 1.1 must not be used (RFC 8996).
func tlsConfig(o *Options, serverName string) *tls.Config {
	return &tls.Config{RootCAs: o.RootCAs, ServerName: serverName, MinVersion: tls.VersionTLS12}
}

func (s *standard) close() {
	s.public.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.byName {
		t.CloseIdleConnections()
	}
}

// Names come from configurations, and there may be many over time. Beyond the
// bound any one is dropped with its idle connections.
func (s *standard) named(serverName string) *http.Transport {
	if serverName == "" {
		return s.public
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.byName[serverName]
	if !ok {
		for other, old := range s.byName {
			if len(s.byName) < maxNames {
				break
			}
			delete(s.byName, other)
			old.CloseIdleConnections()
		}
		t = s.transport(serverName)
		s.byName[serverName] = t
	}
	return t
}

// Framing is the gateway's own on each side (RFC 9112 section 6): lengths and
// hop-by-hop fields of the backend end here.
func (s *standard) forward(ctx context.Context, o *integration.Outgoing, address string) (*integration.Incoming, error) {
	w := newWatch(ctx, o.Timeout, s.options.Reports)
	req, err := s.request(w.ctx, o, address)
	if err != nil {
		w.end()
		return nil, message.Fail(message.ErrConfiguration, err)
	}
	up, _ := req.Body.(*upload)
	resp, err := s.named(o.ServerName).RoundTrip(req)
	if err != nil {
		w.end()
		up.end()
		return nil, w.failure(err)
	}
	w.pause()
	in := &integration.Incoming{
		Status: resp.StatusCode, Header: message.FromHTTP(resp.Header), Length: resp.ContentLength,
		Body: &watchedBody{resp.Body, w, up},
	}
	in.Header.RemoveHopByHop()
	in.Header.Del("Content-Length")
	if resp.Trailer != nil || resp.ContentLength < 0 {
		in.Trailer = func() message.Header { return message.FromHTTP(resp.Trailer) }
	}
	return in, nil
}

// Framing and hop-by-hop fields of the client end here, as those of the backend
// do. Trailers only follow a body in chunks (RFC 9112 section 7.1.2).
func (s *standard) request(ctx context.Context, o *integration.Outgoing, address string) (*http.Request, error) {
	target := o.Target
	if target == "" {
		target = "/"
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, fmt.Errorf("request target %q: %w", target, err)
	}
	u.Scheme, u.Host = o.Scheme, address
	req := (&http.Request{
		Method: o.Method, URL: u, Host: o.Host, Header: make(http.Header, len(o.Header)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if req.Host == "" {
		req.Host = o.Address
	}
	for _, f := range o.Header {
		if !message.Framing(f.Name) && !message.HopByHop(f.Name) {
			req.Header.Add(f.Name, f.Value)
		}
	}
	if req.Header["User-Agent"] == nil {
		req.Header["User-Agent"] = nil // say nothing rather than name a library
	}
	if o.Body != nil && o.Length != 0 {
		up := &upload{from: o.Body, interrupt: o.Interrupt, reports: s.options.Reports}
		req.Body, req.ContentLength = up, o.Length
		if o.Trailer != nil && o.Length < 0 {
			req.Trailer = http.Header{}
			up.trailer, up.req = o.Trailer, req
		}
	}
	return req, nil
}

// watch ends an exchange whose backend stalls: it gives every wait the same time.
// The time that a client takes to read does not count.
type watch struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
}

var errStalled = errors.New("the backend did not answer in time")

// newWatch begins to wait for a backend. The context's own end is told apart from that of
// the timeout: the one is the client's, the other the backend's.
func newWatch(ctx context.Context, timeout time.Duration, reports *tasks.Reporter) *watch {
	w := &watch{timeout: timeout}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	if timeout > 0 {
		w.timer = time.AfterFunc(timeout, reports.Guard("a timeout", func() { w.cancel(errStalled) }))
	}
	return w
}

func (w *watch) resume() {
	if w.timer != nil {
		w.timer.Reset(w.timeout)
	}
}

func (w *watch) pause() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

func (w *watch) end() {
	w.pause()
	w.cancel(nil)
}

// failure sorts an error; one that ending the context made has the context's
// cause. A reply that breaks off is a backend that cannot be reached any more.
func (w *watch) failure(err error) error {
	switch cause := context.Cause(w.ctx); {
	case cause == errStalled:
		return message.Fail(message.ErrTimeout, err)
	case errors.Is(cause, context.DeadlineExceeded):
		return message.Fail(message.ErrTimeout, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return message.Fail(message.ErrUnreachable, err)
	}
	return message.Failure(err)
}

// watchedBody is the body of a reply. Its timer runs while somebody waits for the
// backend and only then.
type watchedBody struct {
	io.ReadCloser
	watch  *watch
	upload *upload
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.watch.resume()
	n, err := b.ReadCloser.Read(p)
	b.watch.pause()
	if err != nil && err != io.EOF {
		err = b.watch.failure(err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.watch.end()
	b.upload.end()
	return err
}
