package sigv4

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Bounds on what a client may make us look at; far above what SDKs send.
const (
	maxAuthorization = 8 << 10
	maxSignedHeaders = 200
)

// Authorization is what a request says about its signature. Nothing of it is
// proven until a Verifier has verified it.
type Authorization struct {
	AccessKeyID   string
	Date          string // YYYYMMDD of the credential scope
	Region        string
	Service       string
	SignedHeaders []string // lower case, as listed
	Signature     string   // 64 hex digits
	SessionToken  credential.Secret
	SignedAt      time.Time
	Presigned     bool          // true: it stood in the query
	Expires       time.Duration // of a presigned request; 0 for one with headers
}

// Parse reads the signature that r carries, in its Authorization header or in its
// query, without verifying it: a server without keys learns from it which region
// a client means. Every error is an *Error: without any signature
// MissingAuthenticationToken, with one that is not whole IncompleteSignature. A
// header goes before the query, for SDKs send one of the two.
func Parse(r *http.Request) (*Authorization, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return parseHeader(r, header)
	}
	if strings.Contains(r.URL.RawQuery, "X-Amz-") {
		if q := r.URL.Query(); q.Has(paramAlgorithm) || q.Has(paramSignature) || q.Has(paramCredential) {
			return parseQuery(q)
		}
	}
	return nil, missingToken()
}

// parseHeader reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func parseHeader(r *http.Request, header string) (*Authorization, error) {
	if len(header) > maxAuthorization || len(r.Header["Authorization"]) > 1 {
		return nil, incomplete("Authorization header is too long or comes twice.")
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if scheme != algorithm {
		return nil, foreign(scheme, header)
	}
	a := &Authorization{SessionToken: credential.Secret(r.Header.Get(paramToken))}
	var credentials string
	for part := range strings.SplitSeq(rest, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, noKeyValue(header)
		}
		switch name {
		case "Credential":
			credentials = value
		case "SignedHeaders":
			a.SignedHeaders = splitSigned(value)
		case "Signature":
			a.Signature = value
		}
	}
	at, dated := headerTime(r)
	if err := a.missing(header, credentials, dated); err != nil {
		return nil, err
	}
	a.SignedAt = at
	if err := a.finish(credentials); err != nil {
		return nil, err
	}
	return a, nil
}

// foreign judges an Authorization header of another scheme.
// Assumed: other versions of AWS's own schemes are incomplete signatures; of
// "Bearer x" AWS says that it is no key=value pair.
func foreign(scheme, header string) *Error {
	if strings.HasPrefix(scheme, "AWS4-") {
		return incomplete("Unsupported AWS 'algorithm': '" + printable(scheme) + "'.")
	}
	return noKeyValue(header)
}

func noKeyValue(header string) *Error {
	return incomplete("Invalid key=value pair (missing equal-sign) in Authorization header " +
		"(hashed with SHA-256 and encoded with Base64): '" + hashed(header) + "'.")
}

// missing lists every part that a header lacks, as AWS does.
func (a *Authorization) missing(header, credentials string, dated bool) error {
	var text string
	if credentials == "" {
		text += "Authorization header requires 'Credential' parameter. "
	}
	if a.Signature == "" {
		text += "Authorization header requires 'Signature' parameter. "
	}
	if len(a.SignedHeaders) == 0 {
		text += "Authorization header requires 'SignedHeaders' parameter. "
	}
	if !dated {
		text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
	}
	if text == "" {
		return nil
	}
	return incomplete(text + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(header))
}

// headerTime reads when the request was signed: X-Amz-Date, or else Date, which
// browsers and some libraries may not set or change (the specification allows
// both).
func headerTime(r *http.Request) (time.Time, bool) {
	text := r.Header.Get(paramDate)
	if text == "" {
		if text = r.Header.Get("Date"); text == "" {
			return time.Time{}, false
		}
		if t, err := http.ParseTime(text); err == nil {
			return t.UTC(), true
		}
	}
	t, err := time.Parse(timeFormat, text)
	return t, err == nil
}

// parseQuery reads a presigned request.
func parseQuery(q url.Values) (*Authorization, error) {
	var text string
	for _, name := range []string{paramAlgorithm, paramCredential, paramSignature, paramSigned, paramDate} {
		if q.Get(name) == "" {
			text += "AWS query-string parameters must include '" + name + "'. "
		}
	}
	if text != "" {
		return nil, incomplete(text + "Re-examine the query-string parameters.")
	}
	if q.Get(paramAlgorithm) != algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': '" + printable(q.Get(paramAlgorithm)) + "'.")
	}
	at, err := time.Parse(timeFormat, q.Get(paramDate))
	if err != nil {
		return nil, incomplete("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\".")
	}
	a := &Authorization{
		SignedHeaders: splitSigned(q.Get(paramSigned)),
		Signature:     q.Get(paramSignature),
		SessionToken:  credential.Secret(q.Get(paramToken)),
		SignedAt:      at,
		Presigned:     true,
	}
	if a.Expires, err = expires(q); err != nil {
		return nil, err
	}
	if err := a.finish(q.Get(paramCredential)); err != nil {
		return nil, err
	}
	return a, nil
}

// expires reads X-Amz-Expires, in seconds. Not all SDKs send it for services
// other than S3: without it (0) the ordinary clock skew bounds the request.
// Documented: Amazon S3 API Reference, Authenticating Requests: Using Query
// Parameters: 604,800 at most.
func expires(q url.Values) (time.Duration, error) {
	if !q.Has(paramExpires) {
		return 0, nil
	}
	seconds, err := strconv.Atoi(q.Get(paramExpires))
	if err != nil || seconds < 1 {
		return 0, incomplete("X-Amz-Expires must be a positive number of seconds.")
	}
	if seconds > int(maxExpires/time.Second) {
		return 0, incomplete("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}

// finish reads the credential scope and judges what both forms share. The host is
// signed always, or a request for one server could be sent to another; the day of
// the scope is that of the request, since the key is derived from it.
func (a *Authorization) finish(credentials string) error {
	parts := strings.Split(credentials, "/")
	if len(parts) != 5 {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" +
			printable(credentials) + "'")
	}
	a.AccessKeyID, a.Date, a.Region, a.Service = parts[0], parts[1], parts[2], parts[3]
	switch {
	case a.AccessKeyID == "" || a.Region == "" || a.Service == "":
		return incomplete("Credential may not have empty elements.")
	case parts[4] != terminator:
		return invalid("Credential should be scoped with correct termination string: 'aws4_request'. ")
	case len(a.SignedHeaders) > maxSignedHeaders:
		return incomplete("Too many signed headers.")
	case !hasHost(a.SignedHeaders):
		return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if day := a.SignedAt.UTC().Format(dateFormat); day != a.Date {
		return invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			printable(a.Date) + "' != '" + day + "', from '" + stamp(a.SignedAt) + "'.")
	}
	return nil
}

// HTTP/2 has :authority in place of Host (RFC 9113 section 8.3.1).
func hasHost(signed []string) bool {
	for _, name := range signed {
		if name == "host" || name == ":authority" {
			return true
		}
	}
	return false
}

func splitSigned(list string) []string {
	names := strings.FieldsFunc(list, func(c rune) bool { return c == ';' })
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	return names
}

// printable bounds and cleans what a client sent before it is shown to it.
func printable(s string) string {
	s = s[:min(len(s), 200)]
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == 0xfffd {
			return '?'
		}
		return c
	}, s)
}
