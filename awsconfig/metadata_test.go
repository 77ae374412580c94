package awsconfig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/message"
)

// unset gives the test an AWS environment without anything, on a machine whose
// metadata service is at this address.
func unset(t *testing.T, metadata string) {
	t.Helper()
	awstest.Isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata)
}

// probing probes until the test ends.
func probing(t *testing.T, c *Client) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); c.Probe(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
}

// machine is a metadata service with a role, if it has one.
func machine(t *testing.T, role bool, asked *atomic.Int32) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch path := r.URL.Path; {
		case path == "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
			fmt.Fprint(w, "token")
		case !role:
			w.WriteHeader(http.StatusNotFound)
		case path == "/latest/meta-data/iam/security-credentials/":
			fmt.Fprint(w, "gateway")
		case path == "/latest/meta-data/iam/security-credentials/gateway":
			fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"AKIDOWN","SecretAccessKey":"own-secret","Token":"","Expiration":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Where nothing is configured a call fails at once and says what could be, whatever
// the machine's metadata service does: nothing is there, it hangs, it has no role,
// or it was never asked.
func TestNothingIsConfigured(t *testing.T) {
	leave := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-leave }))
	t.Cleanup(func() { close(leave); hanging.Close() })
	var asked atomic.Int32
	for _, row := range []struct {
		name, metadata string
		probe          bool
	}{
		{"nobody is there", "http://127.0.0.1:1", true},
		{"it hangs", hanging.URL, true},
		{"it has no role", machine(t, false, &asked), true},
		{"it has one and was not asked", machine(t, true, &asked), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			unset(t, row.metadata)
			var log bytes.Buffer
			c := newClient(t, Options{Region: "eu-west-1", Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if row.probe {
				probing(t, c)
			}
			for id, want := range map[string]string{
				"SQS": "no AWS_ENDPOINT_URL_SQS, no credentials", "Secrets Manager": "no AWS_ENDPOINT_URL_SECRETS_MANAGER, no credentials",
			} {
				began := time.Now()
				_, err := c.Do(t.Context(), &Call{ID: id, Host: "x", Signing: "x"})
				var missing *NoCredentials
				if !errors.As(err, &missing) || missing.Error() != want || !errors.Is(err, message.ErrDenied) {
					t.Errorf("got %v, want %s", err, want)
				}
				if took := time.Since(began); took > 2*time.Second { // it takes milliseconds; the service's own limit is 5 s
					t.Errorf("it took %v", took)
				}
			}
			if log.Len() > 0 {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}

// A machine with a role signs with it, as soon as its metadata service has answered.
func TestTheMachinesRole(t *testing.T) {
	var asked atomic.Int32
	unset(t, machine(t, true, &asked))
	var signed atomic.Value
	c := newClient(t, Options{Region: "eu-west-1", Transport: transport(func(r *http.Request) (*http.Response, error) {
		signed.Store(r.Header.Get("Authorization"))
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})})
	probing(t, c)
	<-c.asked
	if _, err := c.Do(t.Context(), &Call{ID: "SQS", Host: "sqs", Signing: "sqs"}); err != nil {
		t.Fatal(err)
	}
	if got := signed.Load().(string); !strings.Contains(got, "Credential=AKIDOWN/") {
		t.Errorf("signed with %s, want the machine's role", got)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The machine is not asked where credentials are configured, nor for endpoints that
// are not AWS's own.
func TestTheMachineIsNotAskedInVain(t *testing.T) {
	var asked atomic.Int32
	at := machine(t, false, &asked)
	unset(t, at)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDOWN")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
	c := newClient(t, Options{Region: "eu-west-1"})
	c.Probe(t.Context()) // returns
	if n := asked.Load(); n != 0 {
		t.Errorf("the metadata service was asked %d times although there are credentials", n)
	}
	unset(t, at)
	s := awstest.Serve(t, ok)
	foreign := newClient(t, Options{Region: "eu-west-1"})
	if _, err := foreign.Do(t.Context(), &Call{Endpoint: s.URL, ID: "SQS", Host: "sqs", Signing: "sqs"}); err != nil || s.Last(t).AccessKey != "test" {
		t.Errorf("got %v and %s, want the placeholder", err, s.Last(t).AccessKey)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the metadata service was asked %d times for another's endpoint", n)
	}
}
