package awsconfig

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// echoing answers without a network.
type echoing struct{}

func (echoing) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: 2, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// A call that is like the one before it takes little memory: where it goes and what signs it
// is known.
func TestCallsTakeLittleMemory(t *testing.T) {
	if cost.Raced {
		t.Skip("the race detector empties pools")
	}
	awstest.Isolate(t)
	c := New(Options{Region: "us-east-1", Transport: echoing{}})
	call := &Call{ID: "Lambda", Host: "lambda", Signing: "lambda", Path: "/2015-03-31/functions/f/invocations", Endpoint: "http://127.0.0.1:1/base/", Body: []byte(`{"a":1}`), Timeout: time.Minute}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := c.Do(context.Background(), call); err != nil {
			t.Fatal(err)
		}
	}); n > 40 {
		t.Errorf("a call took %v pieces of memory", n)
	}
}

// Where an emulator is called, that there are no credentials is asked twice a minute at most.
func TestNoCredentialsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := 0
		s := &settings{local: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			times++
			return aws.Credentials{}, errors.New("there are none")
		})}
		for range 10 {
			if got, err := s.credentials(t.Context(), true); err != nil || got != placeholder() {
				t.Fatalf("got %+v, %v", got, err)
			}
			time.Sleep(noneFor / 5)
		}
		if times != 2 {
			t.Errorf("they were looked for %d times in a minute, want 2", times)
		}
		if _, err := s.credentials(t.Context(), false); err == nil {
			t.Error("AWS itself is called by those of an emulator")
		}
	})
}
