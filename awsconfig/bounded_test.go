package awsconfig

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// asked is a parent that knows whether somebody has asked for its end.
type asked struct {
	context.Context
	times int
}

func (a *asked) Done() <-chan struct{} { a.times++; return a.Context.Done() }

func TestBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		above, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		parent := &asked{Context: above}
		b := bound(parent, time.Second)
		if b.Err() != nil || b.Value(key{}) != "value" || parent.times != 0 {
			t.Errorf("before anybody asks: %v, %v, the parent was asked %d times", b.Err(), b.Value(key{}), parent.times)
		}
		if at, ok := b.Deadline(); !ok || time.Until(at) != time.Second {
			t.Errorf("it ends at %v", at)
		}
		child, stop := context.WithCancel(b)
		defer stop()
		time.Sleep(2 * time.Second)
		if <-child.Done(); !errors.Is(child.Err(), context.DeadlineExceeded) || b.Value(key{}) != "value" {
			t.Errorf("got %v", child.Err())
		}
		b.close()

		late := bound(parent, time.Second) // whom nobody asks
		time.Sleep(time.Second)
		if !errors.Is(late.Err(), context.DeadlineExceeded) {
			t.Errorf("got %v", late.Err())
		}
		sooner, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if at, _ := bound(sooner, time.Hour).Deadline(); time.Until(at) != time.Minute {
			t.Errorf("it outlives its parent until %v", at)
		}
		gone := bound(parent, time.Second)
		done := gone.Done()
		cancel()
		if <-done; !errors.Is(gone.Err(), context.Canceled) {
			t.Errorf("got %v", gone.Err())
		}
		closed := bound(t.Context(), time.Second)
		closed.close()
		if <-closed.Done(); !errors.Is(closed.Err(), context.Canceled) {
			t.Errorf("got %v", closed.Err())
		}
	})
}
