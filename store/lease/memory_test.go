package lease_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/store/lease"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

// What was lost is reserved for a day, and what was left for no time.
func TestNumbersAreReserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(lease.Memory)
		known := func() (n int) {
			_ = m.Take(t.Context(), func(all []lease.Lease) (lease.Lease, error) {
				n = len(all)
				return lease.Lease{Node: 9, Instance: "i"}, nil
			})
			return n
		}
		known()
		time.Sleep(2 * lease.Reserved)
		if known() != 1 {
			t.Error("one that nobody has called lost was forgotten")
		}
		if did, err := m.Lose(t.Context(), 9); !did || err != nil {
			t.Errorf("got %v %v", did, err)
		}
		time.Sleep(lease.Reserved - time.Second)
		if all, err := m.All(t.Context()); len(all) != 1 || err != nil {
			t.Errorf("got %v %v", all, err)
		}
		time.Sleep(time.Second)
		if known() != 0 {
			t.Error("one that was lost is reserved for longer than a day")
		}
	})
}

func TestMemory(t *testing.T) {
	m := new(lease.Memory)
	storetest.Leases(t, m, m, m.SetBack)
}
