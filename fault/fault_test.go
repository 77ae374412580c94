package fault

import (
	"errors"
	"io"
	"testing"
)

func TestEKeepsKindAndMessage(t *testing.T) {
	err := E("control.CreateRoute", E("store.Put", New(Conflict, "Route with key %s already exists for this API", "$connect")))
	if got := KindOf(err); got != Conflict {
		t.Errorf("kind: got %v, want Conflict", got)
	}
	if got, want := Message(err), "Route with key $connect already exists for this API"; got != want {
		t.Errorf("message: got %q, want %q", got, want)
	}
}

func TestUnknownErrorsStayInside(t *testing.T) {
	err := E("store.Put", io.ErrUnexpectedEOF)
	if got := Message(err); got != "Internal Server Error" {
		t.Errorf("message: got %q, want the neutral one", got)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost to the log")
	}
	if E("x", nil) != nil {
		t.Error("E(op, nil): got an error, want nil")
	}
}

func TestEveryKindHasAnException(t *testing.T) {
	for k := Internal; k <= Unavailable; k++ {
		if k.Exception() == "" || k.Status() < 400 {
			t.Errorf("kind %d: got %q %d, want a name and an error status", k, k.Exception(), k.Status())
		}
	}
}
