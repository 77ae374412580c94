package message

import (
	"context"
	"errors"
	"net"
	"os"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// The classes of failure, for errors.Is.
var (
	// ErrTimeout: the backend did not answer in time.
	ErrTimeout = errors.New("timed out")
	// ErrUnreachable: no connection, or it broke, or what came was no reply.
	ErrUnreachable = errors.New("unreachable")
	// ErrThrottled: the service answered that there are too many calls.
	ErrThrottled = errors.New("throttled")
	// ErrDenied: the service refused the gateway's credentials or role.
	ErrDenied = errors.New("access denied")
	// ErrTooLarge: a request or reply is longer than the backend's bound.
	ErrTooLarge = errors.New("too large")
	// ErrConfiguration: the call cannot be made as it is configured.
	ErrConfiguration = errors.New("configuration error")
	// ErrBusy: there is no memory for what is sent or answered at the moment.
	ErrBusy = errors.New("busy")
	// ErrCanceled: the caller went away before there was a reply.
	ErrCanceled = errors.New("canceled")
)

// Error is a failure of one class with its cause.
type Error struct {
	Class error // one of the classes
	Cause error // for the log; may be nil
}

// Fail makes an Error. A nil cause is fine.
func Fail(class, cause error) *Error { return &Error{Class: class, Cause: cause} }

// Failure sorts an error of the network or of a context into its class; one that
// has a class is returned unchanged. A panic is a failure of the gateway, of the
// class of what cannot be called. Nil is nil.
func Failure(err error) error {
	var own *Error
	var panicked *tasks.Panic
	var wait net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return err
	case errors.As(err, &panicked): // of the gateway itself: no backend is to blame
		return Fail(ErrConfiguration, err)
	case errors.Is(err, context.Canceled):
		return Fail(ErrCanceled, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &wait) && wait.Timeout():
		return Fail(ErrTimeout, err)
	}
	return Fail(ErrUnreachable, err)
}

// Error tells the class and the cause.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Class.Error()
	}
	return e.Class.Error() + ": " + e.Cause.Error()
}

// Unwrap gives the class and the cause to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Class}
	}
	return []error{e.Class, e.Cause}
}
