package sigv4

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// moment is the time at which everything in these tests happens.
var moment = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

const (
	testID     = "AKIDEXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

func testVerifier(keys ...credential.Key) *Verifier {
	if len(keys) == 0 {
		keys = []credential.Key{{ID: testID, Secret: testSecret, Profile: "test"}}
	}
	return &Verifier{Keys: credential.Of(keys...), Now: func() time.Time { return moment }}
}

// shapes are requests that have tripped signers before.
var shapes = []struct {
	name, method, url, body string
	headers                 [][2]string
}{
	{"no path", "GET", "http://example.com", "", nil},
	{"plain", "GET", "http://example.com/v2/apis", "", nil},
	{"default port", "GET", "http://example.com:80/v2/apis", "", nil},
	{"other port", "GET", "http://localhost:8081/v2/apis/", "", nil},
	{"TLS port", "GET", "https://example.com:443/", "", nil},
	{"body", "POST", "http://example.com/v2/apis", `{"name":"x"}`, [][2]string{{"Content-Type", "application/json"}}},
	{"encoded connection id", "POST", "http://example.com/test/%40connections/x%3D", "hi", nil},
	{"bare connection id", "POST", "http://example.com/test/@connections/x=", "hi", nil},
	{"encoded slashes", "GET", "http://example.com/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2Fa", "", nil},
	{"space and unicode", "GET", "http://example.com/a%20b/%E6%BC%A2/~tilde", "", nil},
	{"double slash", "GET", "http://example.com/a//b/", "", nil},
	{"dots", "GET", "http://example.com/a/../b/./c", "", nil},
	{"stars and quotes", "GET", "http://example.com/a*b'c(d)!", "", nil},
	{"query", "GET", "http://example.com/?b=2&a=1&A=0&a=0", "", nil},
	{"query escapes", "DELETE", "http://example.com/?tagKeys=a+b&tagKeys=a%2Bb&k=%7e&empty=&none", "", nil},
	{"query unicode", "GET", "http://example.com/?q=%e6%bc%a2&z=~-_.*", "", nil},
	{"query sorts by bytes", "GET", "http://example.com/?a-b=1&a=2&a1=3&ab=4", "", nil},
	{"repeated header", "GET", "http://example.com/", "", [][2]string{{"X-Many", "b"}, {"X-Many", "a"}}},
	{"spaces in a header", "GET", "http://example.com/", "", [][2]string{{"X-Wide", "  a   b  c "}}},
	{"ignored headers", "GET", "http://example.com/", "", [][2]string{{"User-Agent", "me"}, {"X-Amzn-Trace-Id", "Root=1"}}},
}

func build(t testing.TB, i int) *http.Request {
	t.Helper()
	s := shapes[i]
	r, err := http.NewRequest(s.method, s.url, strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	if s.body == "" {
		r.Body, r.ContentLength = nil, 0
	}
	for _, h := range s.headers {
		r.Header.Add(h[0], h[1])
	}
	return r
}

func TestSignAgreesWithTheSDK(t *testing.T) {
	for i, s := range shapes {
		for _, token := range []credential.Secret{"", "token/+=="} {
			name := s.name
			if token != "" {
				name += " with token"
			}
			t.Run(name, func(t *testing.T) {
				theirs, ours := build(t, i), build(t, i)
				creds := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret, SessionToken: string(token)}
				hash := HashBytes([]byte(s.body))
				if err := awsv4.NewSigner().SignHTTP(t.Context(), creds, theirs, hash, "apigateway", "eu-west-1", moment); err != nil {
					t.Fatal(err)
				}
				signer := Signer{Credentials{testID, testSecret, token}, "eu-west-1", "apigateway", false, new(Derived)}
				if err := signer.Sign(ours, hash, moment); err != nil {
					t.Fatal(err)
				}
				if got, want := ours.Header.Get("Authorization"), theirs.Header.Get("Authorization"); got != want {
					t.Errorf("Authorization differs\n got %s\nwant %s", got, want)
				}
				if got, want := ours.URL.String(), theirs.URL.String(); got != want {
					t.Errorf("URL differs\n got %s\nwant %s", got, want)
				}
			})
		}
	}
}

func TestPresignAgreesWithTheSDK(t *testing.T) {
	for i, s := range shapes {
		if len(s.headers) > 0 {
			continue // the SDK moves headers into the query, we sign them where they are
		}
		t.Run(s.name, func(t *testing.T) {
			theirs, ours := build(t, i), build(t, i)
			theirs.ContentLength, ours.ContentLength = 0, 0
			q := theirs.URL.Query()
			q.Set("X-Amz-Expires", "60")
			theirs.URL.RawQuery = q.Encode()
			creds := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret, SessionToken: "tok"}
			want, _, err := awsv4.NewSigner().PresignHTTP(t.Context(), creds, theirs, EmptyPayload, "execute-api", "us-east-1", moment)
			if err != nil {
				t.Fatal(err)
			}
			signer := Signer{Credentials{testID, testSecret, "tok"}, "us-east-1", "execute-api", false, new(Derived)}
			if err := signer.Presign(ours, EmptyPayload, time.Minute, moment); err != nil {
				t.Fatal(err)
			}
			wantURL, err := url.Parse(want)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := ours.URL.Query().Get("X-Amz-Signature"), wantURL.Query().Get("X-Amz-Signature"); got != want {
				t.Errorf("signature differs\n got %s\nwant %s", ours.URL, wantURL)
			}
		})
	}
}

// TestVerifyTakesWhatTheSDKSigned sends SDK-signed requests through a real
// server and verifies them as they arrive there.
func TestVerifyTakesWhatTheSDKSigned(t *testing.T) {
	v := testVerifier()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if _, err := v.Verify(r, "execute-api", Bytes(body)); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	}))
	defer server.Close()
	base, _ := url.Parse(server.URL)
	creds := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret}
	for i, s := range shapes {
		for _, how := range []string{"header", "presigned"} {
			t.Run(s.name+" "+how, func(t *testing.T) {
				r := build(t, i)
				r.URL.Scheme, r.URL.Host, r.Host = "http", base.Host, base.Host
				hash := HashBytes([]byte(s.body))
				if how == "header" {
					if err := awsv4.NewSigner().SignHTTP(t.Context(), creds, r, hash, "execute-api", "us-east-1", moment); err != nil {
						t.Fatal(err)
					}
				} else {
					signed, headers, err := awsv4.NewSigner().PresignHTTP(t.Context(), creds, r, hash, "execute-api", "us-east-1", moment)
					if err != nil {
						t.Fatal(err)
					}
					if r.URL, err = url.Parse(signed); err != nil {
						t.Fatal(err)
					}
					headers.Del("Host")
					r.Header = headers
				}
				resp, err := server.Client().Transport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if resp.StatusCode != 200 {
					text, _ := io.ReadAll(resp.Body)
					t.Errorf("refused: %s", text)
				}
			})
		}
	}
}
