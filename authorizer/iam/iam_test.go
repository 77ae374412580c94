package iam

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

var moment = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func verifier() *sigv4.Verifier {
	return &sigv4.Verifier{
		Now: func() time.Time { return moment },
		Keys: credential.Of(
			credential.Key{ID: "PLAIN", Secret: "s", Profile: "jane doe"},
			credential.Key{ID: "READER", Secret: "s", Profile: "reader", ReadOnly: true, Account: "111122223333"},
			credential.Key{ID: "ROLE", Secret: "s", SessionToken: "tok", Profile: "deploy"},
			credential.Key{ID: "MINE", Secret: "s", Profile: "mine", APIs: []string{"api1"}},
			credential.Key{ID: "OTHER", Secret: "s", Profile: "other", APIs: []string{"api2"}},
			credential.Key{ID: "ALIEN", Secret: "s", Profile: "alien", Account: "999999999999"},
		),
	}
}

func request(t testing.TB, id, token, region, service string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("POST", "http://api1.execute-api.test/pets?x=1", strings.NewReader("body"))
	s := sigv4.Signer{
		Credentials: sigv4.Credentials{AccessKeyID: id, SecretAccessKey: "s", SessionToken: credential.Secret(token)},
		Region:      region, Service: service,
	}
	if err := s.Sign(r, sigv4.HashBytes([]byte("body")), moment); err != nil {
		t.Fatal(err)
	}
	return r
}

func hash(bool) (string, error) { return sigv4.HashBytes([]byte("body")), nil }

func TestAuthorize(t *testing.T) {
	here := Config{API: "api1", Region: "eu-west-1", Account: "111122223333"}
	socket := here
	socket.WebSocket = true
	good := func(id, token string) *http.Request { return request(t, id, token, "eu-west-1", "execute-api") }
	unsigned := httptest.NewRequest("GET", "/", nil)
	tests := []struct {
		name      string
		config    Config
		r         *http.Request
		outcome   authorizer.Outcome
		errorType string
		reason    string
		arn       string
	}{
		{"plain key", here, good("PLAIN", ""), authorizer.Allow, "", "", "arn:aws:iam::111122223333:user/jane-doe"},
		{"read-only key", here, good("READER", ""), authorizer.Allow, "", "", "arn:aws:iam::111122223333:user/reader"},
		{"session", here, good("ROLE", "tok"), authorizer.Allow, "", "", "arn:aws:sts::111122223333:assumed-role/deploy/deploy"},
		{"limited to this API", here, good("MINE", ""), authorizer.Allow, "", "", "arn:aws:iam::111122223333:user/mine"},
		{"any region", Config{API: "api1"}, request(t, "PLAIN", "", "mars-1", "execute-api"), authorizer.Allow, "", "", "arn:aws:iam:::user/jane-doe"},
		{"limited to another API", here, good("OTHER", ""), authorizer.Deny, "AccessDeniedException", "limited", ""},
		{"another account", here, good("ALIEN", ""), authorizer.Deny, "AccessDeniedException", "another account", ""},
		{"another region", here, request(t, "PLAIN", "", "us-east-1", "execute-api"), authorizer.Deny, "AccessDeniedException", "us-east-1", ""},
		{"another service", here, request(t, "PLAIN", "", "eu-west-1", "apigateway"), authorizer.Deny, sigv4.InvalidSignature, "correct service", ""},
		{"unknown key", here, good("NOBODY", ""), authorizer.Deny, sigv4.UnrecognizedClient, "security token", ""},
		{"no session token", here, good("ROLE", ""), authorizer.Deny, sigv4.UnrecognizedClient, "security token", ""},
		{"unsigned", here, unsigned, authorizer.Deny, sigv4.IncompleteSignature, "doesn't match the format that API Gateway expects", ""},
		{"unsigned $connect", socket, unsigned, authorizer.Deny, sigv4.MissingAuthenticationToken, "Missing Authentication Token", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := New(tt.config, verifier()).Authorize(t.Context(), &authorizer.Request{HTTP: tt.r, PayloadHash: hash})
			if d.Outcome != tt.outcome || d.ErrorType != tt.errorType || !strings.Contains(d.Why().Error(), tt.reason) {
				t.Errorf("got %d %q %q\nwant %d %q %q", d.Outcome, d.ErrorType, d.Reason, tt.outcome, tt.errorType, tt.reason)
			}
			if (d.Caller != nil) != (tt.outcome == authorizer.Allow) {
				t.Fatalf("caller %+v does not go with outcome %d", d.Caller, d.Outcome)
			}
			if d.Caller != nil && d.Caller.UserARN != tt.arn {
				t.Errorf("got %s, want %s", d.Caller.UserARN, tt.arn)
			}
		})
	}
}

func TestCallerIsAnIdentity(t *testing.T) {
	a := New(Config{Account: "111122223333"}, verifier())
	ask := func(id, token string) *authorizer.Caller {
		r := request(t, id, token, "eu-west-1", "execute-api")
		return a.Authorize(t.Context(), &authorizer.Request{HTTP: r, PayloadHash: hash}).Caller
	}
	plain, again, role := ask("PLAIN", ""), ask("PLAIN", ""), ask("ROLE", "tok")
	if *plain != *again {
		t.Errorf("one key is two callers: %+v and %+v", plain, again)
	}
	if plain.AccessKey != "PLAIN" || plain.AccountID != "111122223333" || plain.CallerID != plain.UserID {
		t.Errorf("got %+v", plain)
	}
	if !strings.HasPrefix(plain.UserID, "AIDA") || len(plain.UserID) != 21 {
		t.Errorf("user id: got %q, want AIDA and 17 characters", plain.UserID)
	}
	if !strings.HasPrefix(role.UserID, "AROA") || !strings.HasSuffix(role.UserID, ":deploy") {
		t.Errorf("role id: got %q, want AROA… and the session", role.UserID)
	}
}

// nobody doubts what a request says of itself.
func nobody() string { return "" }

func TestWithoutKeys(t *testing.T) {
	r := request(t, "WHOEVER", "", "eu-west-1", "execute-api")
	wrong := request(t, "WHOEVER", "", "eu-west-1", "sqs")
	tests := []struct {
		name     string
		config   Config
		verifier *sigv4.Verifier
		r        *http.Request
		doubt    func() string
		want     authorizer.Outcome
		because  string // of the doubt
	}{
		{"nobody says whom to believe", Config{}, nil, r, nil, authorizer.Deny, "this gateway believes what is proven alone"},
		{"a verifier without keys", Config{}, &sigv4.Verifier{}, r, nil, authorizer.Deny, "this gateway believes what is proven alone"},
		{"doubted", Config{}, nil, r, func() string { return "from afar" }, authorizer.Deny, "from afar"},
		{"doubted and unsigned", Config{}, nil, httptest.NewRequest("GET", "/", nil), func() string { return "from afar" }, authorizer.Deny, "from afar"},
		{"believed", Config{}, nil, r, nobody, authorizer.Allow, ""},
		{"believed, another service", Config{}, nil, wrong, nobody, authorizer.Deny, ""},
		{"believed, another region", Config{Region: "us-east-1"}, nil, r, nobody, authorizer.Deny, ""},
		{"believed and unsigned", Config{}, nil, httptest.NewRequest("GET", "/", nil), nobody, authorizer.Deny, ""},
		{"keys are there, belief does not help", Config{}, verifier(), r, nobody, authorizer.Deny, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := New(tt.config, tt.verifier).Authorize(t.Context(), &authorizer.Request{HTTP: tt.r, PayloadHash: hash, Doubt: tt.doubt})
			if d.Outcome != tt.want || d.Doubt != tt.because {
				t.Errorf("got %d (%s) in doubt %q, want %d and %q", d.Outcome, d.Reason, d.Doubt, tt.want, tt.because)
			}
		})
	}
}

func TestUnreadableBodyFails(t *testing.T) {
	r := request(t, "PLAIN", "", "eu-west-1", "execute-api")
	broken := func(bool) (string, error) { return "", errors.New("connection reset") }
	d := New(Config{}, verifier()).Authorize(t.Context(), &authorizer.Request{HTTP: r, PayloadHash: broken})
	if d.Outcome != authorizer.Failed || !strings.Contains(d.Why().Error(), "connection reset") {
		t.Errorf("got %d %q, want a failure that says why", d.Outcome, d.Reason)
	}
}
