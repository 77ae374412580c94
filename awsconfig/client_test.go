package awsconfig

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/integration/http/upstream"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// both runs a test with the pool alone, and with somebody who makes requests by plain HTTP.
func both(t *testing.T, test func(t *testing.T, o Options)) {
	t.Run("pool", func(t *testing.T) { test(t, Options{}) })
	t.Run("plain", func(t *testing.T) {
		plain := upstream.New(upstream.Options{})
		t.Cleanup(plain.Close)
		test(t, Options{Plain: plain})
	})
}

func ok(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("x-amzn-RequestId", "id-1")
	fmt.Fprint(w, "fine")
}

func TestCallIsSignedAndRelayed(t *testing.T) { both(t, signedAndRelayed) }

func signedAndRelayed(t *testing.T, o Options) {
	awstest.Isolate(t)
	s := awstest.Serve(t, ok)
	t.Setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", s.URL+"/base/")
	c := newClient(t, Options{Region: "eu-west-1", Plain: o.Plain})
	r, err := c.Do(context.Background(), &Call{
		ID: "EventBridge", Host: "events", Signing: "events", Path: "/a%20b/c", Query: "a=b%20c&x=1", Body: []byte("{}"),
		Header: message.Header{{Name: "X-Amz-Target", Value: "AWSEvents.PutEvents"}, {Name: "Authorization", Value: "mine"}, {Name: "Content-Length", Value: "99"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != 200 || string(r.Body) != "fine" || r.RequestID != "id-1" || r.Latency <= 0 {
		t.Errorf("got %+v", r)
	}
	got := s.Last(t)
	if got.Service != "events" || got.Region != "eu-west-1" || got.AccessKey != "AKIDOWN" {
		t.Errorf("signed for %s in %s by %s", got.Service, got.Region, got.AccessKey)
	}
	if got.Method != "POST" || got.RequestURI != "/base/a%20b/c?a=b%20c&x=1" || got.Header.Get("X-Amz-Target") != "AWSEvents.PutEvents" {
		t.Errorf("got %s %s %v", got.Method, got.RequestURI, got.Header)
	}
}

func TestEndpoints(t *testing.T) {
	profile := func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("AWS_CONFIG_FILE", file)
	}
	services := "[default]\nservices = mine\nendpoint_url = http://profile\n[services mine]\nsecrets_manager =\n  endpoint_url = http://service-of-profile\n"
	for _, row := range []struct {
		name  string
		setup func(t *testing.T)
		call  Call
		want  string
	}{
		{"public", func(*testing.T) {}, Call{ID: "SFN", Host: "sync-states", Region: "eu-north-1"}, "https://sync-states.eu-north-1.amazonaws.com"},
		{"china", func(*testing.T) {}, Call{ID: "Lambda", Host: "lambda", Region: "cn-north-1"}, "https://lambda.cn-north-1.amazonaws.com.cn"},
		{"global", func(*testing.T) {}, Call{ID: "IAM", Host: "iam", Region: "us-east-1", Global: true}, "https://iam.amazonaws.com"},
		{"all services", func(t *testing.T) { t.Setenv("AWS_ENDPOINT_URL", "http://all") }, Call{ID: "SQS"}, "http://all"},
		{"one service", func(t *testing.T) {
			t.Setenv("AWS_ENDPOINT_URL", "http://all")
			t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://one")
		}, Call{ID: "Secrets Manager"}, "http://one"},
		{"services of the profile", func(t *testing.T) { profile(t, services) }, Call{ID: "Secrets Manager"}, "http://service-of-profile"},
		{"endpoint of the profile", func(t *testing.T) { profile(t, services) }, Call{ID: "SQS"}, "http://profile"},
		{"ignored", func(t *testing.T) {
			t.Setenv("AWS_ENDPOINT_URL", "http://all")
			t.Setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
		}, Call{ID: "SQS", Host: "sqs", Region: "us-east-1"}, "https://sqs.us-east-1.amazonaws.com"},
		{"the call's own", func(t *testing.T) { t.Setenv("AWS_ENDPOINT_URL", "http://all") }, Call{Endpoint: "http://own/x"}, "http://own/x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			awstest.Isolate(t)
			row.setup(t)
			c := newClient(t, Options{})
			s, err := c.configured(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			u, foreign, err := c.base(context.Background(), &row.call, s)
			if err != nil || u.String() != row.want {
				t.Fatalf("got %v, %v; want %s", u, err, row.want)
			}
			if want := !ownedByAWS(u.Hostname()); foreign != want {
				t.Errorf("foreign: got %v, want %v", foreign, want)
			}
		})
	}
}

// Services that whoever runs the gateway has named go before the environment's general
// URL, and after what names one service; Lambda is not among them.
func TestServicesElsewhere(t *testing.T) {
	for _, row := range []struct{ name, ignore, id, want string }{
		{"any", "", "SQS", "http://emulator"},
		{"one service", "", "DynamoDB", "http://one"},
		{"Lambda", "", "Lambda", "http://all"},
		{"the environment ignored", "true", "DynamoDB", "http://emulator"},
		{"Lambda, ignored", "true", "Lambda", "https://lambda.us-east-1.amazonaws.com"},
	} {
		t.Run(row.name, func(t *testing.T) {
			awstest.Isolate(t)
			t.Setenv("AWS_ENDPOINT_URL", "http://all")
			t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://one")
			t.Setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", row.ignore)
			c := newClient(t, Options{Services: "http://emulator"})
			s, err := c.configured(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			u, _, err := c.base(context.Background(), &Call{ID: row.id, Host: strings.ToLower(row.id), Region: "us-east-1"}, s)
			if err != nil || u.String() != row.want {
				t.Errorf("got %v, %v; want %s", u, err, row.want)
			}
		})
	}
}

func TestPlaceholderForForeignEndpointsOnly(t *testing.T) {
	awstest.Isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	s := awstest.Serve(t, ok)
	c := newClient(t, Options{Region: "us-east-1"})
	if _, err := c.Do(context.Background(), &Call{Endpoint: s.URL, Signing: "sqs"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Last(t).AccessKey; got != "test" {
		t.Errorf("signed by %s", got)
	}
	_, err := c.Do(context.Background(), &Call{Host: "sqs", Signing: "sqs"})
	if !errors.Is(err, message.ErrDenied) {
		t.Errorf("AWS itself without credentials: got %v, want ErrDenied", err)
	}
}

func TestRegionAndAuthoritiesOfTheConfiguration(t *testing.T) {
	awstest.Isolate(t)
	t.Setenv("AWS_REGION", "eu-south-1")
	asked := make(chan string, 1)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Authorization")
	}))
	t.Cleanup(s.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	c := newClient(t, Options{})
	if _, err := c.Do(context.Background(), &Call{Endpoint: s.URL, Signing: "sqs"}); err != nil {
		t.Fatal(err)
	}
	if got := <-asked; !strings.Contains(got, "/eu-south-1/sqs/") {
		t.Errorf("signed with %s", got)
	}
	t.Setenv("AWS_REGION", "")
	if _, err := newClient(t, Options{}).Do(context.Background(), &Call{Endpoint: s.URL, Signing: "sqs"}); !errors.Is(err, message.ErrConfiguration) {
		t.Errorf("no region at all: got %v, want ErrConfiguration", err)
	}
}

func TestRoleIsAssumedOnceAndRenewed(t *testing.T) {
	awstest.Isolate(t)
	var mu sync.Mutex
	expires, asked := time.Now().Add(8*time.Minute), 0
	sts := awstest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken>
<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, expires.UTC().Format(time.RFC3339))
	})
	s := awstest.Serve(t, ok)
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	c := newClient(t, Options{Region: "us-east-1", AssumeRoles: true})
	call := Call{Endpoint: s.URL, Signing: "sqs", Role: "arn:aws:iam::123456789012:role/r"}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.Do(context.Background(), &call); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if asked != 1 {
		t.Errorf("STS was asked %d times, want once", asked)
	}
	if got := s.Last(t); got.AccessKey != "ASIAROLE" || got.Header.Get("X-Amz-Security-Token") != "role-token" {
		t.Errorf("called as %s", got.AccessKey)
	}
	form := string(sts.Last(t).Body)
	if want := "Action=AssumeRole&DurationSeconds=3600&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&RoleSessionName=dragoman&Version=2011-06-15"; form != want {
		t.Errorf("STS got %s, want %s", form, want)
	}
	c.now = func() time.Time { return time.Now().Add(4*time.Minute + time.Second) }
	if _, err := c.Do(context.Background(), &call); err != nil || asked != 2 {
		t.Errorf("past half of a short life: STS was asked %d times, want twice (%v)", asked, err)
	}
}

func TestRoleThatCannotBeHad(t *testing.T) {
	awstest.Isolate(t)
	sts := awstest.Serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) })
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	s := awstest.Serve(t, ok)
	on, off := newClient(t, Options{Region: "us-east-1", AssumeRoles: true}), newClient(t, Options{Region: "us-east-1"})
	call := Call{Endpoint: s.URL, Signing: "sqs", Role: "arn:aws:iam::123456789012:role/r"}
	if _, err := on.Do(context.Background(), &call); !errors.Is(err, message.ErrDenied) {
		t.Errorf("refused role: got %v, want ErrDenied", err)
	}
	if _, err := off.Do(context.Background(), &call); err != nil {
		t.Errorf("roles switched off: %v", err)
	}
	call.Role = CallerIdentity
	if _, err := on.Do(context.Background(), &call); err != nil {
		t.Errorf("the caller's identity: %v", err)
	}
}

func TestBounds(t *testing.T) { both(t, bounds) }

func bounds(t *testing.T, o Options) {
	awstest.Isolate(t)
	release := make(chan struct{})
	s := awstest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/stall":
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "/endless":
			w.WriteHeader(200)
			for {
				if _, err := io.WriteString(w, "0123456789"); err != nil {
					return
				}
			}
		case "/long":
			w.Header().Set("Content-Length", "2000")
			w.Write(make([]byte, 2000))
		case "/reset":
			panic(http.ErrAbortHandler)
		}
	})
	defer close(release)
	c := newClient(t, Options{Region: "us-east-1", Plain: o.Plain})
	for _, row := range []struct {
		path string
		want error
	}{
		{"/stall", message.ErrTimeout}, {"/endless", message.ErrTooLarge},
		{"/long", message.ErrTooLarge}, {"/reset", message.ErrUnreachable},
	} {
		t.Run(row.path, func(t *testing.T) {
			_, err := c.Do(context.Background(), &Call{Endpoint: s.URL, Path: row.path, Signing: "x", MaxReply: 1000, Timeout: 200 * time.Millisecond})
			if !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Do(ctx, &Call{Endpoint: s.URL, Path: "/stall", Signing: "x"}); !errors.Is(err, message.ErrCanceled) {
		t.Errorf("caller gone: got %v, want ErrCanceled", err)
	}
	if _, err := c.Do(context.Background(), &Call{Endpoint: "gopher://x", Signing: "x"}); !errors.Is(err, message.ErrConfiguration) {
		t.Errorf("odd endpoint: got %v, want ErrConfiguration", err)
	}
}

// A proxy of the environment is asked for whatever it is for, and so is TLS the pool's:
// who makes plain requests hears of neither.
func TestPlainIsForPlainRequestsAlone(t *testing.T) {
	asked := 0
	s := &split{pool(nil, nil, nil), roundTripper(func(*http.Request) (*http.Response, error) {
		asked++
		return nil, errors.New("asked")
	})}
	for address, want := range map[string]int{"http://127.0.0.1:1/": 1, "https://127.0.0.1:1/": 0} {
		asked = 0
		req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RoundTrip(req); err == nil || asked != want {
			t.Errorf("%s: asked %d times, want %d; %v", address, asked, want, err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
