package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script is a transport that answers from a list, the last of it for ever.
type script struct {
	steps []any // a status, or an error
	sent  []time.Time
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	step := s.steps[min(len(s.sent), len(s.steps)-1)]
	s.sent = append(s.sent, time.Now())
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	if err, ok := step.(error); ok {
		return nil, err
	}
	h := http.Header{}
	status := step.(int)
	body := `{}`
	if status >= 400 {
		body = `{"message":"no"}`
		h.Set("X-Amzn-Errortype", map[int]string{429: "TooManyRequestsException", 400: "ThrottlingException", 409: "ConflictException"}[status])
		h.Set("Retry-After", "7")
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func TestRetries(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	broken := &net.OpError{Op: "read", Err: errors.New("connection reset")}
	get := func(ctx context.Context, c *Client) error {
		_, err := c.GetApi(ctx, &GetApiInput{ApiId: "a"})
		return err
	}
	create := func(ctx context.Context, c *Client) error {
		_, err := c.CreateApi(ctx, &CreateApiInput{Name: "n", ProtocolType: "HTTP"})
		return err
	}
	tests := []struct {
		name  string
		steps []any
		do    func(context.Context, *Client) error
		sent  int
		fails bool
	}{
		{"success", []any{200}, get, 1, false},
		{"too many, then success", []any{429, 200}, get, 2, false},
		{"too many, also for a create", []any{429, 200}, create, 2, false},
		{"too many for ever", []any{429}, get, 4, true},
		{"too fast, in the words of other services", []any{400, 200}, create, 2, false},
		{"a failing server", []any{500, 503, 200}, get, 3, false},
		{"a busy server", []any{503, 502, 504, 200}, get, 4, false},
		{"a server without the operation", []any{501}, get, 1, true},
		{"a fault for ever", []any{500}, get, 3, true},
		{"a create is not made twice", []any{500, 200}, create, 1, true},
		{"a connection lost", []any{broken, 200}, get, 2, false},
		{"a create whose answer was lost is not made twice", []any{broken, 200}, create, 1, true},
		{"nobody there", []any{refused}, get, 3, true},
		{"a create that never left", []any{refused, 200}, create, 2, false},
		{"a refusal is final", []any{409, 200}, get, 1, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: test.steps}
				c := New(Options{BaseEndpoint: "http://gateway.test", Region: "us-east-1", HTTPClient: &http.Client{Transport: s}, RetryMaxAttempts: 4})
				err := test.do(t.Context(), c)
				if (err != nil) != test.fails {
					t.Errorf("error: got %v", err)
				}
				if len(s.sent) != test.sent {
					t.Errorf("sent %d times, want %d", len(s.sent), test.sent)
				}
				for i := 1; i < len(s.sent); i++ {
					wait := s.sent[i].Sub(s.sent[i-1])
					if _, status := test.steps[min(i-1, len(test.steps)-1)].(int); status && wait < 7*time.Second {
						t.Errorf("waited %v, the server asked for 7s", wait)
					}
					if wait > backoffMost+time.Millisecond {
						t.Errorf("waited %v", wait)
					}
				}
			})
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []any{429}}
		c := New(Options{Region: "us-east-1", HTTPClient: &http.Client{Transport: s}, RetryMaxAttempts: 100})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		_, err := c.GetApi(ctx, &GetApiInput{ApiId: "a"})
		if _, ok := errors.AsType[*TooManyRequestsException](err); !ok {
			t.Errorf("got %v, want the last exception", err)
		}
		if d := time.Since(began); d != 10*time.Second {
			t.Errorf("it took %v, the context had 10s", d)
		}
	})
}

func TestEndpoints(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-3":  "https://apigateway.eu-west-3.amazonaws.com",
		"cn-north-1": "https://apigateway.cn-north-1.amazonaws.com.cn",
	} {
		if got := New(Options{Region: region}).options.BaseEndpoint; got != want {
			t.Errorf("%s: got %s, want %s", region, got, want)
		}
	}
}

// RFC 9110, section 10.2.3: seconds, or a date.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for said, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "99999999999": backoffMost, "Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {said}}, now); got != want {
			t.Errorf("%q: got %v, want %v", said, got, want)
		}
	}
}

// A list whose pages lead in a circle, or on and on, ends with an error.
func TestListsEnd(t *testing.T) {
	for name, next := range map[string]func(n int) string{
		"the same page": func(int) string { return "again" },
		"ever more":     func(n int) string { return strconv.Itoa(n) },
	} {
		sent := 0
		transport := func(*http.Request) (*http.Response, error) {
			sent++
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"items":[{}],"nextToken":"` + next(sent) + `"}`))}, nil
		}
		c := New(Options{Region: "us-east-1", HTTPClient: &http.Client{Transport: roundTrip(transport)}})
		var last error
		for _, err := range c.Apis(t.Context(), nil) {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), "the list does not end") || sent > maxPages {
			t.Errorf("%s: got %v after %d pages", name, last, sent)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
