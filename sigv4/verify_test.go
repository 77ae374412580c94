package sigv4

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// signed makes a request as a server receives it, signed by our own signer.
func signed(t testing.TB, method, target, body string, s Signer, at time.Time) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if err := s.Sign(r, HashBytes([]byte(body)), at); err != nil {
		t.Fatal(err)
	}
	return r
}

func testSigner() Signer {
	return Signer{Credentials: Credentials{AccessKeyID: testID, SecretAccessKey: testSecret}, Region: "us-east-1", Service: "execute-api"}
}

// TestKnownAnswer is the worked example of the IAM User Guide.
func TestKnownAnswer(t *testing.T) {
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	r, _ := http.NewRequest("GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	s := Signer{Credentials: Credentials{AccessKeyID: testID, SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, Region: "us-east-1", Service: "iam"}
	if err := s.Sign(r, EmptyPayload, at); err != nil {
		t.Fatal(err)
	}
	const want = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
	if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+want) {
		t.Errorf("got %s, want signature %s", got, want)
	}
}

func TestVerifyRefuses(t *testing.T) {
	base := func() *http.Request {
		return signed(t, "POST", "http://api.test/dev/%40connections/x%3D?a=1", "hello", testSigner(), moment)
	}
	with := func(change func(s *Signer)) *http.Request {
		s := testSigner()
		change(&s)
		return signed(t, "POST", "http://api.test/x", "hello", s, moment)
	}
	at := func(d time.Duration) *http.Request {
		return signed(t, "POST", "http://api.test/x", "hello", testSigner(), moment.Add(d))
	}
	edit := func(change func(r *http.Request)) *http.Request { r := base(); change(r); return r }
	replace := func(old, new string) *http.Request {
		return edit(func(r *http.Request) {
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), old, new))
		})
	}
	tests := []struct {
		name string
		r    *http.Request
		code string
		want string
	}{
		{"no signature", edit(func(r *http.Request) { r.Header.Del("Authorization") }), MissingAuthenticationToken, "Missing Authentication Token"},
		{"bearer token", edit(func(r *http.Request) { r.Header.Set("Authorization", "Bearer sesame") }), IncompleteSignature, "Invalid key=value pair (missing equal-sign) in Authorization header"},
		{"basic", edit(func(r *http.Request) { r.Header.Set("Authorization", "Basic c2VzYW1l") }), IncompleteSignature, "key=value"},
		{"version 4A", replace(algorithm, "AWS4-ECDSA-P256-SHA256"), IncompleteSignature, "Unsupported AWS 'algorithm'"},
		{"no signature part", replace(", Signature=", ", Nature="), IncompleteSignature, "requires 'Signature' parameter"},
		{"no credential part", replace("Credential=", "Cred="), IncompleteSignature, "requires 'Credential' parameter"},
		{"no list of headers", replace("SignedHeaders=", "Headers="), IncompleteSignature, "requires 'SignedHeaders' parameter"},
		{"no date", edit(func(r *http.Request) { r.Header.Del("X-Amz-Date") }), IncompleteSignature, "either a 'X-Amz-Date' or a 'Date' header"},
		{"date that is none", edit(func(r *http.Request) { r.Header.Set("X-Amz-Date", "now") }), IncompleteSignature, "X-Amz-Date"},
		{"part without equal sign", replace(", Signed", ", what, Signed"), IncompleteSignature, "missing equal-sign"},
		{"short scope", replace("/aws4_request", ""), IncompleteSignature, "exactly 5 slash-delimited elements"},
		{"wrong end of scope", replace("aws4_request", "aws5_request"), InvalidSignature, "termination string"},
		{"empty key id", replace("Credential=AKIDEXAMPLE", "Credential="), IncompleteSignature, "empty"},
		{"date of the scope", replace("/20260314/", "/20260313/"), InvalidSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260313' != '20260314', from '20260314T150926Z'."},
		{"host not signed", replace("host;", ""), InvalidSignature, "'Host' or ':authority' must be"},
		{"two authorizations", edit(func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }), IncompleteSignature, "twice"},
		{"unknown key", with(func(s *Signer) { s.Credentials.AccessKeyID = "AKIDOTHER" }), UnrecognizedClient, "The security token included in the request is invalid."},
		{"token that nobody gave", with(func(s *Signer) { s.Credentials.SessionToken = "tok" }), UnrecognizedClient, "security token"},
		{"wrong service", with(func(s *Signer) { s.Service = "apigateway" }), InvalidSignature, "Credential should be scoped to correct service: 'execute-api'."},
		{"wrong secret", with(func(s *Signer) { s.Credentials.SecretAccessKey = "other" }), InvalidSignature, "The request signature we calculated does not match"},
		{"too old", at(-5*time.Minute - time.Second), InvalidSignature, "Signature expired: 20260314T150425Z is now earlier than 20260314T150426Z (20260314T150926Z - 5 min.)"},
		{"too new", at(5*time.Minute + time.Second), InvalidSignature, "Signature not yet current: 20260314T151427Z is still later than 20260314T151426Z (20260314T150926Z + 5 min.)"},
		{"another method", edit(func(r *http.Request) { r.Method = "DELETE" }), InvalidSignature, "does not match"},
		{"another path", edit(func(r *http.Request) { r.URL.RawPath = ""; r.URL.Path += "y" }), InvalidSignature, "does not match"},
		{"another query", edit(func(r *http.Request) { r.URL.RawQuery = "a=2" }), InvalidSignature, "does not match"},
		{"a query that the signature would hide", edit(func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=1" }), InvalidSignature, "does not match"},
		{"another host", edit(func(r *http.Request) { r.Host = "evil.test" }), InvalidSignature, "does not match"},
		{"a signed header gone", edit(func(r *http.Request) { r.Header.Del("X-Amz-Date"); r.Header.Set("Date", moment.Format(timeFormat)) }), InvalidSignature, "does not match"},
		{"streaming body", edit(func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
		}), InvalidSignature, "'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' is not supported"},
		{"declared hash that was not signed", edit(func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", EmptyPayload) }), InvalidSignature, "does not match"},
		{"declared hash of another body", declaring(t, EmptyPayload), InvalidSignature, "x-amz-content-sha256"},
		{"declared hash that is none", edit(func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "hello") }), InvalidSignature, "x-amz-content-sha256"},
		{"unsigned payload that was not signed so", edit(func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", UnsignedPayload)
			overTLS(r)
		}), InvalidSignature, "does not match"},
		{"unsigned payload without TLS", declaring(t, UnsignedPayload), InvalidSignature, "only supported over TLS"},
		{"unsigned payload in the query, without TLS", presignedSo(t, UnsignedPayload), InvalidSignature, "only supported over TLS"},
		{"unsigned payload in small letters", overTLS(declaring(t, strings.ToLower(UnsignedPayload))), InvalidSignature, "x-amz-content-sha256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := testVerifier().Verify(tt.r, "execute-api", Bytes([]byte("hello")))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got identity %v and error %v, want a signature error", id, err)
			}
			if e.Code != tt.code || !strings.Contains(e.Message, tt.want) || e.Status() != 403 {
				t.Errorf("got %d %s %q\nwant 403 %s %q", e.Status(), e.Code, e.Message, tt.code, tt.want)
			}
			if id != nil || strings.Contains(e.Error(), "sesame") || strings.Contains(e.Error(), testSecret) {
				t.Errorf("the error gives something away: %v, %v", id, e)
			}
		})
	}
}

// TestMismatchText is what @connections answers to a wrong signature.
func TestMismatchText(t *testing.T) {
	s := testSigner()
	s.Credentials.SecretAccessKey = "wrong"
	r := signed(t, "POST", "http://api.test/test/%40connections/atntqfjloAMCECg%3D", "", s, moment)
	_, err := testVerifier().Verify(r, "execute-api", nil)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a signature error", err)
	}
	const want = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
		"The Canonical String for this request should have been\n'POST\n/test/%2540connections/atntqfjloAMCECg%253D\n\n" +
		"host:api.test\nx-amz-date:20260314T150926Z\n\nhost;x-amz-date\n" + EmptyPayload + "'\n\n" +
		"The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260314T150926Z\n20260314/us-east-1/execute-api/aws4_request\n"
	if !strings.HasPrefix(e.Message, want) || !strings.HasSuffix(e.Message, "'\n") {
		t.Errorf("got\n%s\nwant it to begin with\n%s", e.Message, want)
	}
}

func TestVerifyTakes(t *testing.T) {
	tokenKey := credential.Key{ID: testID, Secret: testSecret, SessionToken: "tok"}
	presigned := func(expires, age time.Duration, s Signer) *http.Request {
		r := httptest.NewRequest("GET", "http://api.test/dev?room=1", nil)
		if err := s.Presign(r, EmptyPayload, expires, moment.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return r
	}
	withToken := testSigner()
	withToken.Credentials.SessionToken = "tok"
	dated := signed(t, "GET", "http://api.test/", "", testSigner(), moment)
	unsigned := httptest.NewRequest("PUT", "http://api.test/", strings.NewReader("whatever"))
	if err := testSigner().Sign(unsigned, UnsignedPayload, moment); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		r    *http.Request
		key  *credential.Key
		want string // part of the refusal, "" if it is taken
	}{
		{"five minutes old", signed(t, "GET", "http://api.test/", "", testSigner(), moment.Add(-5*time.Minute)), nil, ""},
		{"five minutes ahead", signed(t, "GET", "http://api.test/", "", testSigner(), moment.Add(5*time.Minute)), nil, ""},
		{"plain", dated, nil, ""},
		{"unsigned payload", overTLS(unsigned), nil, ""},
		{"unsigned payload in the query", overTLS(presignedSo(t, UnsignedPayload)), nil, ""},
		{"session token", signed(t, "GET", "http://api.test/", "", withToken, moment), &tokenKey, ""},
		{"session token left out", dated, &tokenKey, "security token"},
		{"presigned", presigned(time.Minute, 0, testSigner()), nil, ""},
		{"presigned, an hour old of two", presigned(2*time.Hour, time.Hour, testSigner()), nil, ""},
		{"presigned with token", presigned(time.Minute, 0, withToken), &tokenKey, ""},
		{"presigned and expired", presigned(time.Minute, 61*time.Second, testSigner()), nil, "Signature expired: 20260314T150825Z is now earlier than 20260314T150826Z (20260314T150926Z - 1 min.)"},
		{"presigned from the future", presigned(time.Hour, -6*time.Minute, testSigner()), nil, "not yet current"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := testVerifier()
			if tt.key != nil {
				v = testVerifier(*tt.key)
			}
			for range 2 { // the second time with a remembered signing key
				id, err := v.Verify(tt.r, "execute-api", nil)
				if tt.want != "" {
					if err == nil || !strings.Contains(err.Error(), tt.want) {
						t.Errorf("got %v, want %q", err, tt.want)
					}
					continue
				}
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				if id.Key.ID != testID || id.Authorization.Region != "us-east-1" {
					t.Errorf("got %s in %s, want %s in us-east-1", id.Key.ID, id.Authorization.Region, testID)
				}
			}
		})
	}
}

// TestVerifyTakesNormalPaths: botocore removes empty and dot segments before
// it signs, other SDKs do not; both must get in.
func TestVerifyTakesNormalPaths(t *testing.T) {
	for sent, normal := range map[string]string{
		"/a//b/":         "/a/b/",
		"/a/../b/./c":    "/b/c",
		"/../..":         "/",
		"/a/b/..":        "/a/",
		"/.well-known/x": "/.well-known/x",
	} {
		if got := normalPath(sent); got != normal {
			t.Errorf("normalPath(%q) = %q, want %q", sent, got, normal)
		}
		r := signed(t, "GET", "http://api.test"+normal, "", testSigner(), moment)
		r.URL.Path, r.URL.RawPath = sent, ""
		if _, err := testVerifier().Verify(r, "execute-api", nil); err != nil {
			t.Errorf("%s signed as %s: %v", sent, normal, err)
		}
	}
}

// declaring is a signed request that says what the hash of its body is.
func declaring(t *testing.T, hash string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("POST", "http://api.test/x", strings.NewReader("hello"))
	s := testSigner()
	s.PathOnce = true
	if err := s.Sign(r, hash, moment); err != nil {
		t.Fatal(err)
	}
	return r
}

// presignedSo is a presigned request that declares the hash of its body in the query.
func presignedSo(t *testing.T, hash string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("GET", "http://api.test/x?X-Amz-Content-Sha256="+hash, nil)
	if err := testSigner().Presign(r, hash, time.Minute, moment); err != nil {
		t.Fatal(err)
	}
	return r
}

func overTLS(r *http.Request) *http.Request {
	r.TLS = &tls.ConnectionState{}
	return r
}

// Who stands behind a proxy asks somebody else whether there is TLS.
func TestVerifyAsksForTLS(t *testing.T) {
	for secure, r := range map[bool]*http.Request{true: declaring(t, UnsignedPayload), false: overTLS(declaring(t, UnsignedPayload))} {
		v := testVerifier()
		v.Secure = func(asked *http.Request) bool { return asked == r && secure }
		if _, err := v.Verify(r, "execute-api", nil); (err == nil) != secure {
			t.Errorf("secure %v: got %v", secure, err)
		}
	}
}

// A body is read only where the head cannot be refused without it, and only where
// it was signed.
func TestVerifyReadsTheBodyLast(t *testing.T) {
	hello := HashBytes([]byte("hello"))
	post := func(s Signer, at time.Time) *http.Request {
		return signed(t, "POST", "http://api.test/x", "hello", s, at)
	}
	with := func(change func(s *Signer)) *http.Request {
		s := testSigner()
		change(&s)
		return post(s, moment)
	}
	edit := func(r *http.Request, change func(r *http.Request)) *http.Request { change(r); return r }
	spoil := func(r *http.Request) { r.URL.Path += "y" }
	for _, row := range []struct {
		name   string
		r      *http.Request
		head   bool // lets it through
		proven bool
		read   bool // the body
	}{
		{"good", post(testSigner(), moment), true, false, true},
		{"wrong secret", with(func(s *Signer) { s.Credentials.SecretAccessKey = "x" }), true, false, true},
		{"no signature", httptest.NewRequest("POST", "http://api.test/x", strings.NewReader("hello")), false, false, false},
		{"unknown key", with(func(s *Signer) { s.Credentials.AccessKeyID = "AKIDOTHER" }), false, false, false},
		{"a token that the key has not", with(func(s *Signer) { s.Credentials.SessionToken = "t" }), false, false, false},
		{"wrong service", with(func(s *Signer) { s.Service = "s3" }), false, false, false},
		{"wrong region", with(func(s *Signer) { s.Region = "eu-west-1" }), false, false, false},
		{"old", post(testSigner(), moment.Add(-time.Hour)), false, false, false},
		{"of tomorrow", post(testSigner(), moment.Add(time.Hour)), false, false, false},
		{"malformed", edit(post(testSigner(), moment), func(r *http.Request) { r.Header.Set("Authorization", algorithm+" x") }), false, false, false},
		{"streaming", edit(post(testSigner(), moment), func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER") }), false, false, false},
		{"declared", declaring(t, hello), true, true, true},
		{"declared in capitals", declaring(t, strings.ToUpper(hello)), true, true, true},
		{"declared and badly signed", edit(declaring(t, hello), spoil), false, false, false},
		{"declared, no hash", edit(declaring(t, hello), func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", hello[:62]) }), false, false, false},
		{"unsigned payload", overTLS(declaring(t, UnsignedPayload)), true, true, false},
		{"unsigned payload, badly signed", edit(overTLS(declaring(t, UnsignedPayload)), spoil), false, false, false},
		{"unsigned payload without TLS", declaring(t, UnsignedPayload), false, false, false},
		{"no body", signed(t, "GET", "http://api.test/x", "", testSigner(), moment), true, true, false},
		{"no body and badly signed", edit(signed(t, "GET", "http://api.test/x", "", testSigner(), moment), spoil), false, false, false},
		{"length unknown", edit(post(testSigner(), moment), func(r *http.Request) { r.ContentLength = -1; r.Header.Del("Content-Length") }), true, false, true},
	} {
		v := testVerifier()
		v.Region = "us-east-1"
		claim, err := v.Head(row.r, "execute-api")
		var refused *Error
		if head := err == nil; head != row.head || !head && !errors.As(err, &refused) {
			t.Errorf("%s: got %v from the head, want it to pass: %v", row.name, err, row.head)
		}
		if err != nil {
			continue
		}
		broken, reads := errors.New("body broke"), 0
		_, err = claim.Body(func() (string, error) { reads++; return "", broken })
		if claim.Proven() != row.proven || (reads == 1) != row.read || errors.Is(err, broken) != row.read || claim.Region() != "us-east-1" {
			t.Errorf("%s: got proven %v, %d reads, %v", row.name, claim.Proven(), reads, err)
		}
	}
}

func TestVerifierRegion(t *testing.T) {
	v := testVerifier()
	v.Region = "eu-west-1"
	_, err := v.Verify(signed(t, "GET", "http://api.test/", "", testSigner(), moment), "execute-api", nil)
	if err == nil || !strings.Contains(err.Error(), "valid region") {
		t.Errorf("got %v, want a complaint about the region", err)
	}
}

// TestKeyCacheIsBounded: many regions leave no more than two generations.
func TestKeyCacheIsBounded(t *testing.T) {
	var c keyCache
	for i := range 3 * keyCacheSize {
		k := cacheKey{"s", scope{"20260314", strings.Repeat("r", 1+i), "execute-api"}}
		key, _ := c.get(k)
		c.put(k, key)
		if again, ok := c.get(k); !ok || again != key {
			t.Fatalf("key %d was not remembered", i)
		}
	}
	if n := len(c.young) + len(c.old); n > 2*keyCacheSize {
		t.Errorf("%d keys remembered, want at most %d", n, 2*keyCacheSize)
	}
}

func TestSignRefuses(t *testing.T) {
	r := httptest.NewRequest("GET", "http://api.test/", nil)
	if err := (Signer{Region: "r", Service: "s"}).Sign(r, EmptyPayload, moment); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("got %v, want %v", err, ErrNoCredentials)
	}
	s := testSigner()
	s.Region = ""
	if err := s.Sign(r, EmptyPayload, moment); err == nil {
		t.Error("signed without a region")
	}
	for _, d := range []time.Duration{0, 8 * 24 * time.Hour} {
		if err := testSigner().Presign(r, EmptyPayload, d, moment); err == nil {
			t.Errorf("presigned for %v", d)
		}
	}
	if r.Header.Get("Authorization") != "" || r.URL.RawQuery != "" {
		t.Error("a refused request was changed")
	}
}

// What a signature costs does not grow with what was signed before: keys are derived once a
// day, and what is hashed is written where the last one was.
func TestSignaturesTakeLittleMemory(t *testing.T) {
	if cost.Raced {
		t.Skip("the race detector empties pools")
	}
	v := testVerifier()
	s := testSigner()
	s.Derived = new(Derived)
	r := signed(t, "POST", "http://api.test/dev/%40connections/x%3D", "hello", s, moment)
	body := Bytes([]byte("hello"))
	for what, run := range map[string]func() error{
		"verifying": func() error { _, err := v.Verify(r, "execute-api", body); return err },
		"signing":   func() error { return s.Sign(r, HashBytes([]byte("hello")), moment) },
	} {
		if n := testing.AllocsPerRun(100, func() {
			if err := run(); err != nil {
				t.Fatal(err)
			}
		}); n > 17 {
			t.Errorf("%s took %v pieces of memory", what, n)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	v := testVerifier()
	r := signed(b, "POST", "http://api.test/dev/%40connections/x%3D", "hello", testSigner(), moment)
	body := Bytes([]byte("hello"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r, "execute-api", body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	r := httptest.NewRequest("POST", "http://api.test/2015-03-31/functions/f/invocations", nil)
	s := testSigner()
	s.Derived = new(Derived)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Sign(r, EmptyPayload, moment); err != nil {
			b.Fatal(err)
		}
	}
}
