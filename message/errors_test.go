package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
)

func TestFailureSortsErrors(t *testing.T) {
	for _, row := range []struct {
		name  string
		err   error
		class error
	}{
		{"deadline of a context", fmt.Errorf("x: %w", context.DeadlineExceeded), ErrTimeout},
		{"deadline of a connection", os.ErrDeadlineExceeded, ErrTimeout},
		{"timeout of the network", &net.DNSError{IsTimeout: true}, ErrTimeout},
		{"the caller left", context.Canceled, ErrCanceled},
		{"broken off", io.ErrUnexpectedEOF, ErrUnreachable},
		{"one with a class", fmt.Errorf("x: %w", Fail(ErrDenied, io.EOF)), ErrDenied},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := Failure(row.err)
			if !errors.Is(got, row.class) {
				t.Errorf("got %v, want class %v", got, row.class)
			}
			if !errors.Is(got, row.err) {
				t.Errorf("%v lost its cause %v", got, row.err)
			}
		})
	}
	if Failure(nil) != nil {
		t.Error("no failure became one")
	}
	if got, want := Fail(ErrDenied, nil).Error(), ErrDenied.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
