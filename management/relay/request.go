package relay

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// Bounds of an answer. What is shown fits into a page; more is read only to tell how long
// the whole is, and an answer that does not end is left at some point.
const (
	mostKept    = 1 << 20          // bytes of it that are shown
	mostRead    = 32 << 20         // bytes that are read, to tell how long it is
	requestTime = 60 * time.Second // of which an integration has 30
)

// Request is one request of HTTP.
type Request struct {
	Address string
	Method  string // "" is GET
	Header  map[string][]string
	Body    []byte
}

// Body is a body as it is shown.
type Body struct {
	Body   string `json:"body"`
	Base64 bool   `json:"base64,omitempty"` // it is no text
	Bytes  int    `json:"bytes"`            // of the whole
	Cut    bool   `json:"cut,omitempty"`    // there is more than is shown
}

// bodyOf shows bytes, of which there are so many in all.
func bodyOf(kept []byte, whole int) Body {
	b := Body{Bytes: whole, Cut: whole > len(kept)}
	text := kept
	for cut := 0; b.Cut && cut < utf8.UTFMax && !utf8.Valid(text) && len(text) > 0; cut++ {
		text = text[:len(text)-1] // the cut may have gone through a letter
	}
	if utf8.Valid(text) {
		b.Body = string(text)
		return b
	}
	b.Body, b.Base64 = base64.StdEncoding.EncodeToString(kept), true
	return b
}

// Answer is what came back.
type Answer struct {
	Time   time.Time           `json:"time"` // when the request was sent
	Took   float64             `json:"took"` // milliseconds until all of it was there
	Status int                 `json:"status"`
	Header map[string][]string `json:"headers"`
	Body
}

// Send sends a request and waits for the whole answer. Whatever the gateway answers is the
// answer, a refusal too: an error says that there is none.
func (r *Relay) Send(ctx context.Context, from Caller, q *Request) (*Answer, error) {
	t, err := parse(q.Address, q.Header)
	if err != nil {
		return nil, err
	}
	method := q.Method
	if method == "" {
		method = http.MethodGet
	}
	// CONNECT would make a tunnel of the relay, to wherever the gateway can reach.
	if !grammar.Token(method) || method == http.MethodConnect {
		return nil, fault.New(fault.BadRequest, "%q is no method that can be sent", method)
	}
	// A page that is closed ends its request with it, by the context of the call.
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, t.url("http"), bytes.NewReader(q.Body))
	if err != nil {
		return nil, fault.New(fault.BadRequest, "%q is no address", q.Address)
	}
	request.Host, request.Header = t.host, t.header
	if t.header["User-Agent"] == nil {
		t.header.Set("User-Agent", from.UserAgent)
	}
	l := &line{Relay: r, target: t, from: from}
	transport := l.transport()
	// Nothing is kept between two requests: the next may be of another key, or to a stage that is gone.
	defer transport.CloseIdleConnections()
	began := time.Now()
	// RoundTrip and no client: redirects and cookies are shown and not followed.
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer response.Body.Close()
	return answer(ctx, began, response)
}

func answer(ctx context.Context, began time.Time, response *http.Response) (*Answer, error) {
	kept, err := io.ReadAll(io.LimitReader(response.Body, mostKept))
	more := int64(0)
	if err == nil {
		// Read on without being kept: the length of the whole tells what is missing.
		more, err = io.Copy(io.Discard, io.LimitReader(response.Body, mostRead-mostKept))
	}
	if err != nil {
		return nil, failure(ctx, err)
	}
	return &Answer{
		Time: began.UTC().Truncate(time.Millisecond), Took: took(began), Status: response.StatusCode, Header: response.Header, Body: bodyOf(kept, len(kept)+int(more)),
	}, nil
}

// took is the time since, in milliseconds.
func took(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

// failure words why there is no answer: the gateway would not speak to the client, or is
// too slow.
func failure(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.New(fault.Unavailable, "The gateway has not answered within %v", requestTime)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &fault.Error{Kind: fault.Unavailable, Message: "There was no answer: " + err.Error(), Err: err}
}
