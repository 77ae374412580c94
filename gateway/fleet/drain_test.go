package fleet

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/store/lease"
)

// Limits are shared by those that live and do not go, and each change is known at once.
func TestShares(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.join(1)
		share := func(when string, n *node, want int64) {
			t.Helper()
			synctest.Wait()
			if got := n.size.Load(); got != want {
				t.Errorf("%s: node %d takes a share of %d, want %d", when, n.Node(), got, want)
			}
		}
		share("alone", a, 1)
		b, c := w.join(2), w.join(3)
		for _, n := range []*node{a, b, c} {
			share("three", n, 3)
		}
		c.Drain()
		share("one drains", a, 2)
		share("one drains", b, 2)
		share("one drains", c, 6)
		time.Sleep(2 * lease.Over)
		share("it drains for long", a, 2)
		c.stop()
		share("it has gone", a, 2)
		b.stop()
		share("another goes without a drain", a, 1)
		d := w.join(4)
		share("one comes", a, 2)
		d.die()
		time.Sleep(lease.Over + 2*lease.Every)
		share("one has died", a, 1)
		a.stop()
	})
	var alone *Fleet
	alone.Drain()
}
