package wire

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

const signature = "AWS4-HMAC-SHA256 Credential=AKID/20260101/ap-south-1/apigateway/aws4_request, " +
	"SignedHeaders=host;x-amz-date, Signature=" + "0000000000000000000000000000000000000000000000000000000000000000"

func TestRegionOfTheSignature(t *testing.T) {
	var got *Request
	h := NewServer(Config{Region: "us-east-1", Account: "111122223333", Handlers: map[string]Handler{
		"GetApis": func(_ context.Context, r *Request) (any, error) { got = r; return Page{Items: []int{}}, nil },
	}})
	r := httptest.NewRequest("GET", "/v2/apis", nil)
	r.Header.Set("Authorization", signature)
	r.Header.Set("X-Amz-Date", "20260101T000000Z")
	r.Header.Set("User-Agent", "test")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got.Region != "ap-south-1" || got.AccessKey != "AKID" || got.Account != "111122223333" || got.SourceIP != "192.0.2.1" || got.UserAgent != "test" || got.RequestID == "" {
		t.Errorf("signed: got %+v", got)
	}
	r.Header.Set("Authorization", "Bearer nonsense")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got.Region != "us-east-1" || got.AccessKey != "" {
		t.Errorf("not signed: got region %q, key %q", got.Region, got.AccessKey)
	}
}

func TestStrangeRegionsAreRefused(t *testing.T) {
	h := NewServer(Config{Region: "us-east-1", Handlers: echoes()})
	for region, status := range map[string]int{"eu-west-1": 200, "local": 200, "US": 403, "a b": 403, "é": 403, strings.Repeat("a", 33): 403} {
		r := httptest.NewRequest("GET", "/v2/apis", nil)
		r.Header.Set("Authorization", strings.Replace(signature, "ap-south-1", region, 1))
		r.Header.Set("X-Amz-Date", "20260101T000000Z")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != status {
			t.Errorf("region %q: got %d %s, want %d", region, w.Code, w.Body, status)
		}
	}
}

// who is the identity behind a claim.
func who(r *http.Request) (Identity, error) {
	if r.Header.Get("Who") != "reader" {
		return Identity{}, errors.New("the store of keys is gone")
	}
	return Identity{AccessKey: "R", Region: "eu-west-1", Permit: func(r *Request) error {
		if r.Operation.Write() {
			return fault.New(fault.AccessDenied, "%s may not %s", "R", r.Operation.Name)
		}
		return nil
	}}, nil
}

func TestAuthenticationComesFirst(t *testing.T) {
	var bodies []string
	h := NewServer(Config{
		Handlers: echoes(),
		Authenticate: func(r *http.Request) (*Claim, error) {
			if r.Header.Get("Who") == "" {
				return nil, &sigv4.Error{Code: sigv4.MissingAuthenticationToken, Message: "Missing Authentication Token"}
			}
			return &Claim{Identity: func(body []byte) (Identity, error) {
				bodies = append(bodies, string(body))
				return who(r)
			}}, nil
		},
		Admit:  func() bool { return false },
		Logger: slog.New(slog.DiscardHandler),
	})
	tests := []struct {
		name, who, method, target string
		status                    int
		exception                 string
	}{
		{"nobody", "", "GET", "/v2/apis", 403, "MissingAuthenticationTokenException"},
		{"nobody learns of paths", "", "GET", "/v2/nothing", 403, "MissingAuthenticationTokenException"},
		{"a broken judge", "x", "GET", "/v2/apis", 500, "InternalServerErrorException"},
		{"too many", "reader", "GET", "/v2/apis", 429, "TooManyRequestsException"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.target, strings.NewReader("{}"))
			r.Header.Set("Who", test.who)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.status || w.Header().Get("x-amzn-errortype") != test.exception {
				t.Errorf("got %d %v", w.Code, w.Header())
			}
		})
	}
	if len(bodies) != 2 || bodies[0] != "{}" {
		t.Errorf("got the bodies %q, want those whose heads were good", bodies)
	}
}

func TestPermitJudgesBeforeTheBodyIsRead(t *testing.T) {
	h := NewServer(Config{Handlers: echoes(), Authenticate: func(*http.Request) (*Claim, error) {
		identity := Identity{AccessKey: "K", Permit: func(r *Request) error {
			if r.Path["apiId"] != "mine" {
				return fault.New(fault.AccessDenied, "not yours")
			}
			return nil
		}}
		return &Claim{Identity: func([]byte) (Identity, error) { return identity, nil }}, nil
	}})
	if answer, text := ask(t, h, "GET", "/v2/apis/mine", ""); answer.StatusCode != 200 {
		t.Errorf("mine: got %d %s", answer.StatusCode, text)
	}
	if answer, text := ask(t, h, "PATCH", "/v2/apis/yours", "not JSON"); answer.StatusCode != 403 || text != `{"message":"not yours"}` {
		t.Errorf("yours: got %d %s", answer.StatusCode, text)
	}
}

func TestWritesAreAudited(t *testing.T) {
	var entries []Entry
	h := NewServer(Config{Region: "us-east-1", Account: "000000000000",
		Audit: func(_ context.Context, e Entry) { entries = append(entries, e) },
		Handlers: map[string]Handler{
			"CreateApi": func(_ context.Context, r *Request) (any, error) {
				r.Resource = "arn:aws:apigateway:us-east-1::/apis/new"
				return nil, nil
			},
			"DeleteApi": func(context.Context, *Request) (any, error) { return nil, fault.New(fault.NotFound, "no") },
			"CreateRoute": func(context.Context, *Request) (any, error) {
				return map[string]string{"routeId": "r1", "routeKey": "GET /"}, nil
			},
			"CreateUsagePlanKey": func(context.Context, *Request) (any, error) { return map[string]string{"id": "k1"}, nil },
			"GetApis":            echo,
		}})
	ask(t, h, "POST", "/v2/apis", `{"name":"n","protocolType":"HTTP"}`)
	ask(t, h, "POST", "/v2/apis", `{}`)
	ask(t, h, "DELETE", "/v2/apis/a%2Fb", "")
	ask(t, h, "GET", "/v2/apis", "")
	ask(t, h, "DELETE", "/v2/nothing", "")
	ask(t, h, "POST", "/v2/apis/a/routes/", `{"routeKey":"GET /"}`)
	ask(t, h, "POST", "/usageplans/u/keys", `{"keyId":"k1","keyType":"API_KEY"}`)
	if len(entries) != 5 {
		t.Fatalf("got %d entries, want 5: %+v", len(entries), entries)
	}
	want := []Entry{
		{Operation: "CreateApi", Resource: "arn:aws:apigateway:us-east-1::/apis/new", Status: 201},
		{Operation: "CreateApi", Resource: "/v2/apis", Status: 400, Exception: "BadRequestException"},
		{Operation: "DeleteApi", Resource: "/v2/apis/a%2Fb", Status: 404, Exception: "NotFoundException"},
		{Operation: "CreateRoute", Resource: "/v2/apis/a/routes/r1", Status: 201},
		{Operation: "CreateUsagePlanKey", Resource: "/usageplans/u/keys/k1", Status: 201},
	}
	for i, e := range entries {
		if e.Operation != want[i].Operation || e.Resource != want[i].Resource || e.Status != want[i].Status || e.Exception != want[i].Exception {
			t.Errorf("entry %d: got %+v, want %+v", i, e, want[i])
		}
		if e.RequestID == "" || e.SourceIP == "" || e.Region != "us-east-1" || e.Time.IsZero() {
			t.Errorf("entry %d lacks something: %+v", i, e)
		}
	}
}

func TestAnswers(t *testing.T) {
	nothing := func(context.Context, *Request) (any, error) { return nil, nil }
	h := NewServer(Config{Logger: slog.New(slog.DiscardHandler), Handlers: map[string]Handler{
		"TagResource": nothing, "UntagResource": nothing, "DeleteVpcLink": nothing, "PublishPortal": nothing,
		"GetApis":    func(context.Context, *Request) (any, error) { return Page{Items: []int{1}, NextToken: "t"}, nil },
		"GetApiKeys": func(context.Context, *Request) (any, error) { return Page{Items: []int{}, NextToken: "p"}, nil },
		"ListRoutingRules": func(context.Context, *Request) (any, error) {
			return Page{Items: []int{}}, nil
		},
		"ExportApi": func(context.Context, *Request) (any, error) {
			return Document{ContentType: "application/octet-stream", Body: []byte("openapi")}, nil
		},
		"GetApi":  func(context.Context, *Request) (any, error) { return map[string]string{"name": "<a> & b"}, nil },
		"GetTags": func(context.Context, *Request) (any, error) { return func() {}, nil },
	}})
	tests := []struct{ method, target, contentType, body string }{
		{"POST", "/v2/tags/arn", "application/json", "{}"},
		{"DELETE", "/v2/tags/arn?tagKeys=a", "", ""},
		{"DELETE", "/v2/vpclinks/v", "", ""},
		{"POST", "/v2/portals/p/publish", "application/json", "{}"},
		{"GET", "/v2/apis", "application/json", `{"items":[1],"nextToken":"t"}`},
		{"GET", "/apikeys", "application/json", `{"item":[],"position":"p"}`},
		{"GET", "/v2/domainnames/d/routingrules", "application/json", `{"routingRules":[]}`},
		{"GET", "/v2/apis/a/exports/OAS30?outputType=JSON", "application/octet-stream", "openapi"},
		{"GET", "/v2/apis/a", "application/json", `{"name":"<a> & b"}`},
		{"GET", "/v2/tags/arn", "application/json", `{"message":"Internal Server Error"}`},
	}
	id := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, test := range tests {
		answer, text := ask(t, h, test.method, test.target, "")
		if text != test.body || answer.Header.Get("Content-Type") != test.contentType {
			t.Errorf("%s %s: got %q %q, want %q %q", test.method, test.target, answer.Header.Get("Content-Type"), text, test.contentType, test.body)
		}
		if got := answer.Header.Get("x-amzn-requestid"); !id.MatchString(got) {
			t.Errorf("%s %s: request id %q", test.method, test.target, got)
		}
		if got := answer.Header.Get("x-amz-apigw-id"); len(got) != 16 {
			t.Errorf("%s %s: gateway id %q", test.method, test.target, got)
		}
	}
}

func TestAnUnsupportedOperation(t *testing.T) {
	answer, text := ask(t, NewServer(Config{}), "GET", "/v2/apis", "")
	if answer.StatusCode != 404 || text != `{"message":"GetApis is not supported"}` {
		t.Errorf("got %d %s", answer.StatusCode, text)
	}
}

func TestABodyOfUnknownLengthIsBoundedToo(t *testing.T) {
	h := NewServer(Config{Handlers: echoes(), MaxBody: 100})
	for size, want := range map[int]int{60: 201, 101: 413, 1 << 20: 413} {
		body := `{"name":"n","protocolType":"HTTP","x":"` + strings.Repeat("x", max(0, size-41)) + `"}`
		// A reader that net/http does not know makes a request without a length.
		r := httptest.NewRequest("POST", "/v2/apis", io.MultiReader(strings.NewReader(body)))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if r.ContentLength != -1 || w.Code != want {
			t.Errorf("%d bytes, length %d: got %d %s, want %d", len(body), r.ContentLength, w.Code, w.Body, want)
		}
	}
}
