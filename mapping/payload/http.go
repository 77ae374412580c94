package payload

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// HTTPRequest is a request of an HTTP API, as functions are told of it.
type HTTPRequest struct {
	RouteKey     string // "GET /pets/{id}" or "$default"
	Method       string
	Path         string // with a named stage, decoded
	RawPath      string // as format 1.0 shows it at its top, not decoded; "" is Path
	RawQuery     string
	Protocol     string // HTTP/1.1
	AccountID    string
	ApiID        string
	DomainName   string
	DomainPrefix string
	Stage        string
	RequestID    string
	Time         time.Time
	Identity     Identity

	Header         []Field // as the client spelled them, with those of the gateway
	Query          []Field // decoded, in their order
	PathParameters []Field
	StageVariables map[string]string
	Body           []byte

	// LowerNames makes the header names of format 1.0 small letters, as API
	// mappings of several levels do.
	LowerNames bool
	Authorizer Authorizer
}

// Authorizer is what the route's authorizer handed on; at most one is set.
type Authorizer struct {
	JWT    *JWT
	Lambda *Lambda
	IAM    *IAM
}

// JWT is an accepted token. All claims are strings.
type JWT struct {
	Claims []Member
	Scopes []string // nil if the route asks for none
}

// Lambda is the context that an authorizer function answered, nil for none.
type Lambda struct{ Context []Member }

// IAM is the caller of a signed request.
type IAM struct {
	AccessKey, AccountID, CallerID, PrincipalOrgID, UserArn, UserID string
}

// AppendV2 appends the event of payload format 2.0 to dst, in the order of AWS's
// events.
//
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs.
// Observed: members without a value are left out, not null.
func (r *HTTPRequest) AppendV2(dst []byte) []byte {
	w := writer{append(dst, '{')}
	w.text("version", "2.0")
	r.start(&w)
	w.name("requestContext")
	r.contextV2(&w, true)
	binary := false
	if len(r.Body) > 0 {
		binary = w.body(r.Body, !r.isText())
	}
	if len(r.PathParameters) > 0 {
		w.last("pathParameters", r.PathParameters)
	}
	w.flag("isBase64Encoded", binary)
	w.variables(r.StageVariables)
	w.close('}')
	return w.b
}

// AppendAuthorizerV2 appends the event of an authorizer function in format 2.0.
// sources are the values of its identity sources. There is no body: an authorizer
// judges before one is read.
//
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers.
func (r *HTTPRequest) AppendAuthorizerV2(dst []byte, routeArn string, sources []string) []byte {
	w := writer{append(dst, '{')}
	w.text("version", "2.0")
	w.text("type", "REQUEST")
	w.text("routeArn", routeArn)
	if len(sources) > 0 {
		w.texts("identitySource", sources)
	} else {
		w.null("identitySource")
	}
	r.start(&w)
	w.name("requestContext")
	r.contextV2(&w, false)
	if len(r.PathParameters) > 0 {
		w.last("pathParameters", r.PathParameters)
	}
	w.variables(r.StageVariables)
	w.close('}')
	return w.b
}

// start writes what both events of format 2.0 have between version and context.
// Documented: values of one name are joined by commas, and cookies have a list of
// their own.
// Observed: names of headers are in lower case, and rawPath is decoded in spite
// of its name.
func (r *HTTPRequest) start(w *writer) {
	w.text("routeKey", r.RouteKey)
	w.text("rawPath", r.Path)
	w.text("rawQueryString", r.RawQuery)
	header, cookies := r.splitCookies()
	if len(cookies) > 0 {
		w.texts("cookies", cookies)
	}
	w.joined("headers", sorted(header), true)
	if len(r.Query) > 0 {
		w.joined("queryStringParameters", sorted(r.Query), false)
	}
}

// splitCookies takes the cookies out of the header: one line may carry several
// (RFC 6265 section 4.2.1). The header is copied only where it has cookies.
func (r *HTTPRequest) splitCookies() (header []Field, cookies []string) {
	for i, f := range r.Header {
		if !strings.EqualFold(f.Name, "cookie") {
			if cookies != nil {
				header = append(header, f)
			}
			continue
		}
		if cookies == nil {
			header = append(header, r.Header[:i]...)
			cookies = []string{}
		}
		for c := range strings.SplitSeq(f.Value, ";") {
			if c = strings.TrimSpace(c); c != "" {
				cookies = append(cookies, c)
			}
		}
	}
	if cookies == nil {
		header = r.Header
	}
	return header, cookies
}

func (r *HTTPRequest) contextV2(w *writer, authorizer bool) {
	w.open('{')
	w.text("accountId", r.AccountID)
	w.text("apiId", r.ApiID)
	if cert := r.Identity.ClientCert; cert != nil {
		w.name("authentication")
		w.open('{')
		w.cert(cert)
		w.close('}')
	}
	if authorizer {
		r.Authorizer.writeV2(w)
	}
	w.text("domainName", r.DomainName)
	w.text("domainPrefix", r.DomainPrefix)
	w.name("http")
	w.open('{')
	w.text("method", r.Method)
	w.text("path", r.Path)
	w.text("protocol", r.Protocol)
	w.text("sourceIp", r.Identity.SourceIP)
	w.text("userAgent", r.Identity.UserAgent)
	w.close('}')
	w.text("requestId", r.RequestID)
	w.text("routeKey", r.RouteKey)
	w.text("stage", r.Stage)
	w.moment("time", r.Time)
	w.number("timeEpoch", r.Time.UnixMilli())
	w.close('}')
}

// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs: one shape in both formats, in 2.0 below authentication, in 1.0
// below identity.
func (w *writer) cert(c *ClientCert) {
	w.name("clientCert")
	w.open('{')
	w.text("clientCertPem", c.PEM)
	w.text("subjectDN", c.SubjectDN)
	w.text("issuerDN", c.IssuerDN)
	w.text("serialNumber", c.SerialNumber)
	w.name("validity")
	w.open('{')
	w.text("notBefore", c.NotBefore)
	w.text("notAfter", c.NotAfter)
	w.close('}')
	w.close('}')
}

// Each kind of authorizer has a member of its own, so that a function knows who
// vouches for what it reads.
// Observed: a function's answer without a context is null.
func (a *Authorizer) writeV2(w *writer) {
	switch {
	case a.JWT != nil:
		w.name("authorizer")
		w.open('{')
		w.name("jwt")
		a.JWT.write(w)
		w.close('}')
	case a.Lambda != nil:
		w.name("authorizer")
		w.open('{')
		if a.Lambda.Context == nil {
			w.null("lambda")
		} else {
			w.members("lambda", a.Lambda.Context)
		}
		w.close('}')
	case a.IAM != nil:
		w.name("authorizer")
		w.open('{')
		a.IAM.write(w)
		w.close('}')
	}
}

// Observed: scopes are null where the route asks for none, and those of the token
// otherwise.
func (j *JWT) write(w *writer) {
	w.open('{')
	w.members("claims", j.Claims)
	if j.Scopes == nil {
		w.null("scopes")
	} else {
		w.texts("scopes", j.Scopes)
	}
	w.close('}')
}

// Cognito identities are made by AWS alone, so no caller has one here.
func (i *IAM) write(w *writer) {
	w.name("iam")
	w.open('{')
	w.text("accessKey", i.AccessKey)
	w.text("accountId", i.AccountID)
	w.text("callerId", i.CallerID)
	w.null("cognitoIdentity")
	w.orNull("principalOrgId", i.PrincipalOrgID)
	w.text("userArn", i.UserArn)
	w.text("userId", i.UserID)
	w.close('}')
}

// isText tells whether the body is passed as text: by its media type alone, for
// HTTP APIs have no list of binary types.
//
// Observed: these types, and that forms and bodies without a type are passed in
// base64.
func (r *HTTPRequest) isText() bool {
	for _, f := range r.Header {
		if !strings.EqualFold(f.Name, "content-type") {
			continue
		}
		media, _, _ := strings.Cut(f.Value, ";")
		switch media = strings.ToLower(strings.TrimSpace(media)); media {
		case "application/json", "application/xml", "application/javascript":
			return true
		}
		return strings.HasPrefix(media, "text/")
	}
	return false
}

// BodySize is how many bytes the body will take in an event, with its quotes. It
// is asked before the event is made, since functions take 6 MB and a body may
// have 10; the body is escaped by the piece, so that measuring takes no memory.
// Documented: Lambda Developer Guide, Lambda quotas; API Gateway Developer Guide,
// Amazon API Gateway quotas.
func (r *HTTPRequest) BodySize() int {
	if !r.isText() || !utf8.Valid(r.Body) {
		return base64.StdEncoding.EncodedLen(len(r.Body)) + 2
	}
	size := 2
	var buffer [6 << 10]byte // whatever a piece becomes
	for rest := r.Body; len(rest) > 0; {
		n := min(len(rest), 1<<10)
		for n < len(rest) && !utf8.RuneStart(rest[n]) {
			n--
		}
		size += len(json.AppendBytes(buffer[:0], rest[:n], json.Compact)) - 2
		rest = rest[n:]
	}
	return size
}
