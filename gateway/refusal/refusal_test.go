package refusal

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/message"
)

// Every kind is worded for both protocols.
func TestEveryKindIsWorded(t *testing.T) {
	for kind := range kinds {
		for protocol := range protocols {
			r := protocol.Of(kind, nil)
			if r.Status < 400 || r.Status > 599 || r.Message == "" || r.Kind != kind {
				t.Errorf("kind %d, protocol %d: got %+v", kind, protocol, r)
			}
		}
	}
}

// What becomes of a call that failed, by its class.
func TestCalled(t *testing.T) {
	for _, row := range []struct {
		class           error
		http, webSocket string
	}{
		{message.ErrBusy, "503 SERVICE_UNAVAILABLE", "503 SERVICE_UNAVAILABLE"},
		{message.ErrTimeout, "503 INTEGRATION_TIMEOUT", "504 INTEGRATION_TIMEOUT"},
		{message.ErrUnreachable, "503 INTEGRATION_FAILURE", "502 INTEGRATION_FAILURE"},
		{message.ErrThrottled, "503 INTEGRATION_FAILURE", "502 INTEGRATION_FAILURE"},
		{message.ErrConfiguration, "500 INTEGRATION_FAILURE", "500 API_CONFIGURATION_ERROR"},
		{message.ErrTooLarge, "500 INTEGRATION_FAILURE", "502 INTEGRATION_FAILURE"},
		{message.ErrCanceled, "499 ", "502 INTEGRATION_FAILURE"},
	} {
		err := message.Fail(row.class, errors.New("why"))
		for protocol, want := range map[Protocol]string{HTTP: row.http, WebSocket: row.webSocket} {
			r := protocol.Called(err)
			if got := fmt.Sprint(r.Status, " ", r.ResponseType); got != want || r.Cause != err {
				t.Errorf("%v, protocol %d: got %s (%v), want %s", row.class, protocol, got, r.Cause, want)
			}
		}
	}
}

// What is shown of a message is its first line: behind it stands what was signed.
func TestNote(t *testing.T) {
	r := WebSocket.Of(Denied, nil)
	r.Message = "no good\nsecret"
	x := exchange.Begin(exchange.Connect)
	if r.Note(x); x.Error.Message != "no good" || x.Status != 403 || r.Error() != r.Message {
		t.Errorf("got %+v, status %d", x.Error, x.Status)
	}
}
