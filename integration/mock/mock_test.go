package mock

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestStatusComesFromTheTemplate(t *testing.T) {
	for _, row := range []struct {
		body string
		want int // 0: a configuration error
	}{
		{`{"statusCode": 200}`, 200},
		{`{statusCode: 404}`, 404},
		{`{'statusCode': 500, 'more': [1]}`, 500},
		{"\n{\"a\":1,\"statusCode\":201,}\n", 201},
		{`{"statusCode": "200"}`, 0},
		{`{"statusCode": 200.5}`, 0},
		{`{"statuscode": 200}`, 0},
		{`{"statusCode": 99999999999}`, 0},
		{`{}`, 0},
		{`[200]`, 0},
		{`200`, 0},
		{``, 0},
		{`{"statusCode": `, 0},
	} {
		t.Run(row.body, func(t *testing.T) {
			got, err := Invoker{}.Invoke(context.Background(), &integration.Request{Body: []byte(row.body)})
			switch {
			case row.want == 0:
				if !errors.Is(err, message.ErrConfiguration) || !strings.Contains(err.Error(), "Unable to parse statusCode") {
					t.Errorf("got %v, %v; want a configuration error", got, err)
				}
			case err != nil || got.Status != row.want:
				t.Errorf("got %v, %v; want status %d", got, err, row.want)
			}
		})
	}
}

// Without a template nothing needs to choose the status.
func TestStatusWithoutATemplate(t *testing.T) {
	for _, row := range []struct {
		body     string
		want     int
		unchosen bool
	}{
		{`{"action":"ask"}`, 200, true},
		{``, 200, true},
		{`no JSON {`, 200, true},
		{`{"statusCode": "404"}`, 200, true},
		{`{"statusCode": 404}`, 404, false},
	} {
		t.Run(row.body, func(t *testing.T) {
			got, err := Invoker{}.Invoke(context.Background(), &integration.Request{Body: []byte(row.body), Passed: true})
			if err != nil || got.Status != row.want || got.Unchosen != row.unchosen {
				t.Errorf("got %+v, %v; want status %d, unchosen %v", got, err, row.want, row.unchosen)
			}
		})
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Invoker{}).Invoke(ctx, &integration.Request{Body: []byte(`{"statusCode":200}`)}); !errors.Is(err, message.ErrCanceled) {
		t.Errorf("got %v, want ErrCanceled", err)
	}
}
