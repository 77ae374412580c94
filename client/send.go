package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

const (
	signingName = "apigateway"
	maxAnswer   = 32 << 20 // bytes; an export may be large

	backoffFirst = 100 * time.Millisecond
	backoffMost  = 20 * time.Second
)

// answer is a response with a status of success.
type answer struct {
	header http.Header
	body   []byte
}

// call sends an input and decodes the answer into an Out.
func call[Out any](ctx context.Context, c *Client, operation string, in any) (*Out, error) {
	o := wire.Lookup(operation)
	a, err := c.send(ctx, o, compose(in))
	if err != nil {
		return nil, err
	}
	out := new(Out)
	if len(a.body) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return nil, fmt.Errorf("%s: the answer is not what was expected: %w", operation, err)
	}
	return out, nil
}

// Invoke calls an operation by name with members by their wire names, for tools
// that do not know the operation when they are built. The answer is the body as
// it came, empty for some operations. Errors are those of the methods.
func (c *Client) Invoke(ctx context.Context, operation string, members map[string]any) ([]byte, error) {
	o := wire.Lookup(operation)
	if o == nil {
		return nil, fmt.Errorf("there is no operation %s", operation)
	}
	m, err := arrange(o, members)
	if err != nil {
		return nil, err
	}
	a, err := c.send(ctx, o, m)
	if err != nil {
		return nil, err
	}
	return a.body, nil
}

// send tries until an attempt succeeds, fails for good, or attempts run out.
func (c *Client) send(ctx context.Context, o *wire.Operation, m message) (*answer, error) {
	target, err := m.target(o)
	if err != nil {
		return nil, err
	}
	payload, err := m.payload(o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	return c.sendTo(ctx, o, target, payload)
}

// sendTo is send for a request that is composed.
func (c *Client) sendTo(ctx context.Context, o *wire.Operation, target string, payload []byte) (*answer, error) {
	for attempt := 1; ; attempt++ {
		a, err := c.attempt(ctx, o, target, payload)
		if err == nil || attempt >= c.most(err) || !again(o, err) {
			return a, err
		}
		if tasks.Pause(ctx, backoff(attempt, err)) != nil {
			return nil, err // what went wrong says more than that time ran out
		}
	}
}

func (c *Client) attempt(ctx context.Context, o *wire.Operation, target string, payload []byte) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, o.Method, c.options.BaseEndpoint+target, bytes.NewReader(payload))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	r.Header.Set("User-Agent", c.options.UserAgent)
	r.Header.Set("Accept", "application/json")
	if payload != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if err := c.sign(r, payload); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	response, err := c.options.HTTPClient.Do(r)
	if err != nil {
		return nil, &connectionError{operation: o.Name, err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, &connectionError{operation: o.Name, err: err}
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("%s: the answer has more than %d bytes", o.Name, maxAnswer)
	}
	if response.StatusCode/100 != 2 {
		return nil, exception(o, response, body)
	}
	return &answer{header: response.Header, body: body}, nil
}

func (c *Client) sign(r *http.Request, payload []byte) error {
	if c.options.Credentials == nil {
		return nil
	}
	key, err := c.options.Credentials(r.Context())
	if err != nil {
		return err
	}
	signer := sigv4.Signer{Region: c.options.Region, Service: c.options.SigningName, Credentials: sigv4.Credentials{
		AccessKeyID:     key.AccessKeyID,
		SecretAccessKey: credential.Secret(key.SecretAccessKey),
		SessionToken:    credential.Secret(key.SessionToken),
	}}
	return signer.Sign(r, sigv4.HashBytes(payload), time.Now())
}

// connectionError is a request that got no whole answer.
type connectionError struct {
	operation string
	err       error
}

func (e *connectionError) Error() string { return e.operation + ": " + e.err.Error() }
func (e *connectionError) Unwrap() error { return e.err }

// most is how often a request is sent that ends so. Patience is for a server that says
// it is busy; one that is not there, or has a fault, will hardly be another one soon.
func (c *Client) most(err error) int {
	if response, ok := errors.AsType[*ResponseError](err); ok && (response.throttled() || response.StatusCode > 500) {
		return c.options.RetryMaxAttempts
	}
	return min(c.options.RetryMaxAttempts, defaultAttempts)
}

// again says whether the request may be sent once more. One that was refused for
// its rate, or never left, was not carried out; otherwise only operations that do
// no harm twice are repeated.
func again(o *wire.Operation, err error) bool {
	harmless := o.Method != http.MethodPost || o.Name == "TagResource"
	if response, ok := errors.AsType[*ResponseError](err); ok {
		// RFC 9110, section 15.6.2: 501 is a server without this function, which no patience
		// gives it; imitations of AWS answer so.
		return response.throttled() || harmless && response.StatusCode >= 500 && response.StatusCode != http.StatusNotImplemented
	}
	lost, ok := errors.AsType[*connectionError](err)
	if !ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	dial, ok := errors.AsType[*net.OpError](lost.err)
	return harmless || ok && dial.Op == "dial"
}

// backoff grows twofold with full jitter; a Retry-After of the server is kept to.
func backoff(attempt int, err error) time.Duration {
	most := min(backoffMost, backoffFirst<<min(attempt-1, 10))
	d := rand.N(most) + time.Millisecond
	if response, ok := errors.AsType[*ResponseError](err); ok {
		d = max(d, min(response.retryAfter, backoffMost))
	}
	return d
}

// retryAfter reads the header in either of its forms (RFC 9110, section 10.2.3); what
// is neither asks for nothing.
func retryAfter(h http.Header, now time.Time) time.Duration {
	said := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(said); err == nil {
		// The bound keeps the product from turning over.
		return time.Duration(max(0, min(seconds, int(backoffMost/time.Second)))) * time.Second
	}
	if until, err := http.ParseTime(said); err == nil {
		return max(0, until.Sub(now))
	}
	return 0
}
