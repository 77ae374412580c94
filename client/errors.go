package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/wire"
)

// ResponseError is what every exception tells. errors.As finds it in all of them.
type ResponseError struct {
	Operation  string
	StatusCode int
	Code       string // the name of the exception, "" if the answer has none
	Message    string
	RequestID  string

	retryAfter time.Duration
}

// Error tells everything.
func (e *ResponseError) Error() string {
	code := e.Code
	if code == "" {
		code = "UnknownError"
	}
	return fmt.Sprintf("%s: %s (operation %s, status %d, request %s)", code, e.Message, e.Operation, e.StatusCode, e.RequestID)
}

// throttled says whether calls came too fast: by its status, or by the name that
// other services and fronts give it with another one.
func (e *ResponseError) throttled() bool {
	switch e.Code {
	case "TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded":
		return true
	}
	return e.StatusCode == http.StatusTooManyRequests
}

// The exceptions of the management API, each a type of its own for errors.As.
type (
	// BadRequestException says that a member is not what it may be.
	BadRequestException struct{ *ResponseError }
	// NotFoundException says that a resource is not there.
	NotFoundException struct{ *ResponseError }
	// ConflictException says that another resource conflicts with the call.
	ConflictException struct{ *ResponseError }
	// TooManyRequestsException says that calls came too fast, or a quota is used up.
	TooManyRequestsException struct{ *ResponseError }
	// AccessDeniedException says that the key may not do this.
	AccessDeniedException struct{ *ResponseError }
	// LimitExceededException says that a quota is used up (API keys, usage plans).
	LimitExceededException struct{ *ResponseError }
	// UnknownError is any other answer of failure; Code may name it.
	UnknownError struct{ *ResponseError }
)

// Unwrap gives what the exception tells.
func (e *BadRequestException) Unwrap() error { return e.ResponseError }

// Unwrap gives what the exception tells.
func (e *NotFoundException) Unwrap() error { return e.ResponseError }

// Unwrap gives what the exception tells.
func (e *ConflictException) Unwrap() error { return e.ResponseError }

// Unwrap gives what the exception tells.
func (e *TooManyRequestsException) Unwrap() error { return e.ResponseError }

// Unwrap gives what the exception tells.
func (e *AccessDeniedException) Unwrap() error { return e.ResponseError }

// Unwrap gives what the exception tells.
func (e *LimitExceededException) Unwrap() error { return e.ResponseError }

// Unwrap gives what the exception tells.
func (e *UnknownError) Unwrap() error { return e.ResponseError }

// exception makes the error of an answer of failure.
func exception(o *wire.Operation, r *http.Response, body []byte) error {
	e := &ResponseError{Operation: o.Name, StatusCode: r.StatusCode,
		RequestID: r.Header.Get("x-amzn-requestid"), retryAfter: retryAfter(r.Header, time.Now())}
	e.Code, e.Message = read(r, body)
	switch e.Code {
	case "BadRequestException":
		return &BadRequestException{e}
	case "NotFoundException":
		return &NotFoundException{e}
	case "ConflictException":
		return &ConflictException{e}
	case "TooManyRequestsException":
		return &TooManyRequestsException{e}
	case "AccessDeniedException":
		return &AccessDeniedException{e}
	case "LimitExceededException":
		return &LimitExceededException{e}
	}
	return &UnknownError{e}
}

// read finds the exception's name and text, in the places where AWS puts them.
func read(r *http.Response, body []byte) (code, message string) {
	var members struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // also matches "Message"
	}
	if json.Unmarshal(body, &members) != nil {
		members.Message = strings.TrimSpace(string(body[:min(len(body), 512)]))
	}
	for _, code = range []string{r.Header.Get("x-amzn-errortype"), members.Type, members.Code} {
		if code != "" {
			break
		}
	}
	code, _, _ = strings.Cut(code, ":")
	if i := strings.LastIndexByte(code, '#'); i >= 0 {
		code = code[i+1:]
	}
	if members.Message == "" {
		members.Message = http.StatusText(r.StatusCode)
	}
	return code, members.Message
}
