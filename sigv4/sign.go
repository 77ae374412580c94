package sigv4

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// maxExpires is how long AWS lets a presigned request live.
// Documented: Amazon S3 API Reference, Authenticating Requests: Using Query
// Parameters.
const maxExpires = 7 * 24 * time.Hour

// Credentials are what a signer signs with. They print without their secrets.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey credential.Secret
	SessionToken    credential.Secret // "" for a long-lived key
}

// Signer signs requests of one service in one region. It is a value: copy it,
// share it, make it anew for each request.
type Signer struct {
	Credentials Credentials
	Region      string // such as us-east-1
	Service     string // signing name, such as apigateway or execute-api

	// PathOnce encodes the path once instead of twice and sends
	// X-Amz-Content-Sha256, as S3 alone wants it.
	PathOnce bool

	// Derived remembers the keys of each day; nil derives one for each request.
	Derived *Derived
}

// ErrNoCredentials says that a request could not be signed for want of a key.
var ErrNoCredentials = errors.New("no access key to sign with")

// Sign adds X-Amz-Date, X-Amz-Security-Token and Authorization to the headers
// of r, in place of those that are there. payload is the hex SHA-256 of the
// body (HashBytes) or UnsignedPayload. All headers that r has are signed but
// those that proxies change; what is added to r later is not signed.
func (s Signer) Sign(r *http.Request, payload string, now time.Time) error {
	if err := s.check(); err != nil {
		return err
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	h := r.Header
	h.Set("X-Amz-Date", now.UTC().Format(timeFormat))
	h.Del("Authorization")
	h.Del("X-Amz-Security-Token")
	if t := s.Credentials.SessionToken; t != "" {
		h.Set("X-Amz-Security-Token", string(t))
	}
	if s.PathOnce || payload == UnsignedPayload {
		h.Set("X-Amz-Content-Sha256", payload)
	}
	r.URL.RawQuery = canonicalQuery(r.URL.RawQuery, false)
	c := s.canonical(r, payload)
	c.signed, c.headers = signable(r)
	signature, at := s.signature(c, now)
	h.Set("Authorization", algorithm+" Credential="+s.Credentials.AccessKeyID+"/"+at.String()+
		", SignedHeaders="+strings.Join(c.signed, ";")+", Signature="+signature)
	return nil
}

func (s Signer) check() error {
	if s.Credentials.AccessKeyID == "" || s.Credentials.SecretAccessKey == "" {
		return ErrNoCredentials
	}
	if s.Region == "" || s.Service == "" {
		return errors.New("a signature needs a region and a service")
	}
	return nil
}

func (s Signer) scope(now time.Time) scope {
	return scope{date: now.UTC().Format(dateFormat), region: s.Region, service: s.Service}
}

func (s Signer) canonical(r *http.Request, payload string) *canonical {
	return &canonical{
		method:  method(r),
		path:    canonicalPath(r.URL, s.PathOnce),
		query:   canonicalQuery(r.URL.RawQuery, false),
		payload: payload,
	}
}

func (s Signer) signature(c *canonical, now time.Time) (string, scope) {
	at := s.scope(now)
	signature := s.Derived.of(s.Credentials.SecretAccessKey, at).signature(c, now, at)
	return string(signature[:]), at
}

// signable lists the headers to sign with their values, sorted by name.
func signable(r *http.Request) (names, values []string) {
	names = append(make([]string, 0, len(r.Header)+2), "host")
	for name := range r.Header {
		switch name = lowerName(name); name {
		case "authorization", "user-agent", "x-amzn-trace-id", "expect", "transfer-encoding", "connection", "host", "content-length":
			// Changed on the way by proxies and by net/http itself.
		default:
			names = append(names, name)
		}
	}
	if r.ContentLength > 0 {
		names = append(names, "content-length")
	}
	slices.Sort(names)
	values = make([]string, len(names))
	for i, name := range names {
		values[i] = signedValue(r, name)
	}
	return names, values
}

// lowerName is a name in small letters; those that most requests have take no memory.
func lowerName(name string) string {
	switch name {
	case "Content-Type":
		return "content-type"
	case "User-Agent":
		return "user-agent"
	case "X-Amz-Date":
		return "x-amz-date"
	case "X-Amz-Security-Token":
		return "x-amz-security-token"
	}
	return strings.ToLower(name)
}

// signedValue is the value that net/http will send, which for the host and the
// length of a request that goes out is not the one in the header map.
func signedValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return requestHost(r)
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	v, _ := headerValue(r, name)
	return v
}

// requestHost is the Host that will be sent. A default port is taken off, as
// the SDKs do, and the request made to send it so.
func requestHost(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	port := ":80"
	if r.URL.Scheme == "https" {
		port = ":443"
	}
	if bare, ok := strings.CutSuffix(host, port); ok {
		host, r.Host = bare, bare
	}
	return host
}

func method(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}
