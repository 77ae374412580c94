package wsapi

import (
	"errors"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/message"
)

// Error frames to the letter: one space after "message":, one after each comma.
func TestErrorFrameToTheLetter(t *testing.T) {
	x := exchange.Begin(exchange.Message)
	x.ConnectionID, x.RequestID = "SOqGjdZioAMCEeg=", "SOqIDEacoAMFaHQ="
	for _, row := range []struct {
		f    *refusal.Refusal
		want string
	}{
		{fail(refusal.NotFound, nil), `{"message": "Forbidden", "connectionId":"SOqGjdZioAMCEeg=", "requestId":"SOqIDEacoAMFaHQ="}`},
		{fail(refusal.BadBody, nil), `{"message": "Invalid request body", "connectionId":"SOqGjdZioAMCEeg=", "requestId":"SOqIDEacoAMFaHQ="}`},
		{&refusal.Refusal{Message: `a "quoted" <word> & more`}, `{"message": "a \"quoted\" <word> & more", "connectionId":"SOqGjdZioAMCEeg=", "requestId":"SOqIDEacoAMFaHQ="}`},
	} {
		wants(t, row.f.Message, string(frame(x, row.f)), row.want)
	}
}

// What a failure leaves for $context.error and the logs.
func TestFailuresAreNoted(t *testing.T) {
	for _, row := range []struct {
		f             *refusal.Refusal
		message, kind string
		status        int
		clientAlone   bool
	}{
		{fail(refusal.NotFound, nil), "Forbidden", "ACCESS_DENIED", 403, true},
		{fail(refusal.BadBody, nil), "Invalid request body", "BAD_REQUEST_BODY", 400, true},
		{fail(refusal.MissingParameters, nil), "Missing required request parameters", "BAD_REQUEST_PARAMETERS", 400, true},
		{fail(refusal.Throttled, nil), "Too Many Requests", "THROTTLED", 429, true},
		{fail(refusal.UnsupportedMedia, nil), "Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE", 415, true},
		{refusal.WebSocket.Called(message.Fail(message.ErrTimeout, nil)), "Endpoint request timed out", "INTEGRATION_TIMEOUT", 504, false},
		{refusal.WebSocket.Called(message.Fail(message.ErrUnreachable, nil)), "Internal server error", "INTEGRATION_FAILURE", 502, false},
		{refusal.WebSocket.Called(message.Fail(message.ErrConfiguration, nil)), "Internal server error", "API_CONFIGURATION_ERROR", 500, false},
		{fail(refusal.Configuration, errors.New("why")), "Internal server error", "API_CONFIGURATION_ERROR", 500, false},
	} {
		x := exchange.Begin(exchange.Message)
		row.f.Note(x)
		if x.Error.Message != row.message || x.Error.ResponseType != row.kind || x.Status != row.status {
			t.Errorf("%s: got %q %s %d, want %s %d", row.f.Message, x.Error.Message, x.Error.ResponseType, x.Status, row.kind, row.status)
		}
		if blame := row.f.Cause == nil; blame != row.clientAlone {
			t.Errorf("%s: the client alone is to blame: got %v", row.f, blame)
		}
		if got, _ := x.Lookup("error.messageString"); got != `"`+row.message+`"` {
			t.Errorf("messageString: got %s", got)
		}
	}
}
