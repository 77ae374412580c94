package message

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWordsHideCauses(t *testing.T) {
	for class, want := range map[error]string{
		ErrDenied:        "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.",
		ErrTimeout:       "Endpoint request timed out",
		ErrThrottled:     "Rate Exceeded",
		ErrUnreachable:   "Network error communicating with endpoint",
		ErrConfiguration: "Execution failed due to configuration error",
		ErrTooLarge:      "The response of the integration is larger than the allowed maximum",
		ErrBusy:          "Service Unavailable",
		ErrCanceled:      "",
	} {
		if got := Words(Fail(class, errors.New("dial tcp 10.0.0.1:80: secret")), "integration"); got != want {
			t.Errorf("%v: got %q, want %q", class, got, want)
		}
	}
	if got := Words(errors.New("anything"), "authorizer"); got != "Network error communicating with endpoint" {
		t.Errorf("an error without a class: got %q", got)
	}
	if got := Words(Fail(ErrDenied, nil), "authorizer"); !strings.Contains(got, "configured on the authorizer or API Gateway doesn't have permissions to call the authorizer.") {
		t.Errorf("an authorizer: got %q", got)
	}
}

func TestFunctionWords(t *testing.T) {
	for payload, want := range map[string]string{
		`{"errorMessage":"too large"}`:            "too large",
		`{"errorType":"E","errorMessage":"a\nb"}`: "a\nb",
		`{"errorMessage":""}`:                     "Unhandled",
		`{"errorMessage":7}`:                      "Unhandled",
		`"text"`:                                  "Unhandled",
		`no JSON`:                                 "Unhandled",
		`{"errorMessage":"RequestId: 1 Error: Timed out"}`: "RequestId: 1 Error: Timed out",
	} {
		want = "The Lambda function returned the following error: " + want + ". Check your Lambda function code and try again."
		if got := FunctionWords("Unhandled", []byte(payload)); got != want {
			t.Errorf("%s: got %q, want %q", payload, got, want)
		}
	}
	long := FunctionWords("Unhandled", []byte(`{"errorMessage":"`+strings.Repeat("é", 4000)+`"}`))
	if len(long) > maxMessage+200 || !utf8.ValidString(long) {
		t.Errorf("a long message: got %d bytes, valid %v", len(long), utf8.ValidString(long))
	}
}

func TestServiceWords(t *testing.T) {
	for body, want := range map[string]string{
		`{"__type":"X","message":"no such stream"}`:                                               "no such stream",
		`{"__type":"X","Message":"no such bus"}`:                                                  "no such bus",
		`<ErrorResponse><Error><Code>X</Code><Message>no queue</Message></Error></ErrorResponse>`: "no queue",
		`<Error><Code>X</Code><Message>no key</Message></Error>`:                                  "no key",
		`<html><body>oops</body></html>`:                                                          "Bad Gateway",
		``:                                                                                        "Bad Gateway",
		`{"message":{}}`:                                                                          "Bad Gateway",
	} {
		if got := ServiceWords("Bad Gateway", []byte(body)); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}
