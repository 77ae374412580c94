package awsconfig

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Call is one request to an AWS service, as it stands on the wire but for the
// signature.
type Call struct {
	ID      string // the SDK's id of the service, which names its configured endpoint: "Lambda", "SQS", "SFN"
	Host    string // first part of its public host, such as "lambda" or "sync-states"
	Signing string // its name in signatures, such as "lambda" or "states"
	Region  string // "" for the client's, or the configuration's
	Global  bool   // the public host has no region

	// Endpoint is a base URL that wins over every configuration; "" for none.
	Endpoint string

	Method string // "" is POST
	Path   string // escaped, after the endpoint's own path; "" is "/"
	Query  string // escaped, without "?"
	Header message.Header
	Body   []byte
	Role   string // to assume, or "" for the gateway's own credentials

	MaxReply int           // bytes; a longer reply is ErrTooLarge. Zero is 10 MiB
	Timeout  time.Duration // of the whole call; zero leaves it to ctx

	// Hold is what the reply's body is taken from; nil for the client's own budget,
	// which counts it while it is read.
	Hold *budget.Hold
}

const defaultReply = 10 << 20

// Reply is what a service answered, with whatever status.
type Reply struct {
	Status    int
	Header    message.Header
	Body      []byte        // owned by the receiver
	RequestID string        // the service's own id of the call, if it gave one
	Latency   time.Duration // from the call to the last byte
}

// Do makes a call. A service that answers makes a Reply, whatever the status;
// errors are of the classes of package message.
func (c *Client) Do(ctx context.Context, call *Call) (*Reply, error) {
	began := time.Now()
	if call.Timeout > 0 {
		limited := bound(ctx, call.Timeout)
		defer limited.close()
		ctx = limited
	}
	s, err := c.configured(ctx)
	if err != nil {
		return nil, err
	}
	req, err := c.request(ctx, call, s)
	if err != nil {
		return nil, err
	}
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer resp.Body.Close()
	hold := call.Hold
	if hold == nil {
		own := c.bodies.Hold()
		defer own.Free()
		hold = &own
	}
	body, err := readBody(ctx, resp, call.MaxReply, hold)
	if err != nil {
		return nil, err
	}
	r := &Reply{Status: resp.StatusCode, Header: message.FromHTTP(resp.Header), Body: body}
	// Observed: services of AWS JSON and REST name it by the one field, S3 and those after
	// its kind by the other.
	if r.RequestID = r.Header.Get("X-Amzn-RequestId"); r.RequestID == "" {
		r.RequestID = r.Header.Get("X-Amz-Request-Id")
	}
	r.Latency = time.Since(began)
	return r, nil
}

// request builds and signs.
func (c *Client) request(ctx context.Context, call *Call, s *settings) (*http.Request, error) {
	at := *call
	// The call's own counts first: an integration in another region says so in its URI.
	// Documented: AWS SDKs and Tools Reference Guide, AWS Region: the configuration's
	// comes last.
	if at.Region = cmp.Or(at.Region, c.region, s.region); at.Region == "" {
		return nil, message.Fail(message.ErrConfiguration, errors.New("no region to call"))
	}
	to, err := c.destination(ctx, &at, s)
	if err != nil {
		return nil, err
	}
	if at.Method == "" {
		at.Method = http.MethodPost
	}
	req := (&http.Request{
		Method: at.Method, URL: &to.at, Host: to.at.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(at.Header)+4), Body: http.NoBody, ContentLength: int64(len(at.Body)),
	}).WithContext(ctx)
	if len(at.Body) > 0 { // again where a kept connection turns out to be closed
		body := at.Body
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
	}
	fillHeader(req, at.Header)
	credentials, err := c.credentials(ctx, &at, s, to.foreign)
	if err != nil {
		return nil, err
	}
	return req, c.sign(req, &at, credentials)
}

// fillHeader copies the fields of a call but for those that the signature and the
// framing set themselves.
func fillHeader(req *http.Request, from message.Header) {
	for _, f := range from {
		switch http.CanonicalHeaderKey(f.Name) {
		case "Authorization", "X-Amz-Date", "X-Amz-Security-Token", "Host",
			"Content-Length", "Transfer-Encoding", "Connection", "Expect", "Trailer", "Te", "Upgrade", "Keep-Alive":
		default:
			req.Header.Add(f.Name, f.Value)
		}
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "dragoman")
	}
}

func (c *Client) credentials(ctx context.Context, call *Call, s *settings, foreign bool) (aws.Credentials, error) {
	// Documented: Amazon API Gateway Developer Guide, Working with AWS service
	// integrations: the credentials ARN is the role to call by, and that of any user means
	// the caller.
	if c.assume && call.Role != "" && call.Role != CallerIdentity {
		return c.assumed(ctx, call.Role, call.Region)
	}
	// An emulator is called without a look for credentials that would take seconds.
	if foreign && s.unset {
		return placeholder(), nil
	}
	if err := c.lacking(ctx, s, call); err != nil {
		return aws.Credentials{}, err
	}
	return s.credentials(ctx, foreign)
}

func (c *Client) sign(req *http.Request, call *Call, credentials aws.Credentials) error {
	signer := sigv4.Signer{
		Credentials: sigv4.Credentials{
			AccessKeyID:     credentials.AccessKeyID,
			SecretAccessKey: credential.Secret(credentials.SecretAccessKey), SessionToken: credential.Secret(credentials.SessionToken),
		},
		Region: call.Region, Service: call.Signing, Derived: &c.derived,
		// Documented: AWS Identity and Access Management User Guide, Create a signed AWS API
		// request: S3 wants the hash of the body as a field, and its paths are not escaped a
		// second time.
		PathOnce: call.Signing == "s3",
	}
	if err := signer.Sign(req, sigv4.HashBytes(call.Body), c.now()); err != nil {
		return message.Fail(message.ErrConfiguration, fmt.Errorf("signing: %w", err))
	}
	return nil
}

// readBody reads a whole body within its bound. A declared length that is over
// it is refused before a byte is read.
func readBody(ctx context.Context, resp *http.Response, limit int, hold *budget.Hold) ([]byte, error) {
	if limit == 0 {
		limit = defaultReply
	}
	if resp.ContentLength > int64(limit) {
		return nil, tooLarge(limit)
	}
	body, err := budget.Read(io.LimitReader(resp.Body, int64(limit)+1), resp.ContentLength, nil, hold)
	switch {
	case errors.Is(err, budget.ErrFull):
		return nil, message.Fail(message.ErrBusy, err)
	case err != nil:
		return nil, failure(ctx, err)
	case len(body) > limit:
		return nil, tooLarge(limit)
	}
	return body, nil
}

func tooLarge(limit int) error {
	return message.Fail(message.ErrTooLarge, fmt.Errorf("the reply is over %d bytes", limit))
}

// failure sorts an error; one that the context made is the context's.
func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return message.Failure(fmt.Errorf("%w: %w", ctx.Err(), err))
	}
	return message.Failure(err)
}
