package lambda

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

type fake struct {
	got    *function.Call
	result *function.Result
	err    error
}

func (f *fake) Invoke(_ context.Context, c *function.Call) (*function.Result, error) {
	f.got = c
	return f.result, f.err
}

func TestInvoke(t *testing.T) {
	f := &fake{result: &function.Result{Status: 200, Payload: []byte(`{"errorMessage":"x"}`), Error: "Handled", RequestID: "id", Latency: 3}}
	r, err := New(f).Invoke(context.Background(), &integration.Request{
		URL: "fn", Body: []byte("{}"), Credentials: "role", Region: "eu-west-1", Timeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.got.Function != "fn" || string(f.got.Payload) != "{}" || f.got.Credentials != "role" || f.got.Region != "eu-west-1" || f.got.Timeout != time.Second {
		t.Errorf("the function was called with %+v", f.got)
	}
	if r.Status != 200 || string(r.Body) != `{"errorMessage":"x"}` || r.FunctionError != "Handled" || r.RequestID != "id" || r.Latency != 3 {
		t.Errorf("got %+v", r)
	}
	New(f).Invoke(context.Background(), &integration.Request{URL: "arn:…", Function: "named"})
	if f.got.Function != "named" {
		t.Errorf("called %s, want the named function", f.got.Function)
	}
}

func TestRefusals(t *testing.T) {
	f := &fake{err: message.Fail(message.ErrThrottled, &function.Refusal{Status: 429})}
	_, err := New(f).Invoke(context.Background(), &integration.Request{Function: "fn"})
	var refused *function.Refusal
	if !errors.Is(err, message.ErrThrottled) || !errors.As(err, &refused) || refused.Status != 429 {
		t.Errorf("got %v, want what the function's service refused", err)
	}
}
