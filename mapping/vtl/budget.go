package vtl

import (
	"runtime"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// What a rendering may use beside all others.
const (
	// quick is the work that it may do; whoever takes longer waits for one of the
	// account's slots.
	quick = 512 << 10
	// modest is the memory that it may hold, in bytes; whoever wants more waits for
	// a slot too.
	modest = 2 << 20
	// portion is what it draws from the account at once, in bytes.
	portion = 256 << 10
)

// Look ends the rendering when its time is over, or waits for its turn.
func (st *state) Look() bool {
	wait := st.timeLeft()
	if wait < 0 {
		st.Fail(ErrTime)
		return false
	}
	if err := st.cancel.Err(); err != nil {
		st.Fail(err)
		return false
	}
	if st.isDoomed() {
		st.Fail(ErrShared)
		return false
	}
	if st.Spent > quick {
		return st.turnWithin(wait)
	}
	return true
}

// timeLeft is how long the rendering may still take. The clock runs since somebody
// looked at it first.
func (st *state) timeLeft() time.Duration {
	now := time.Now()
	if st.deadline.IsZero() {
		st.deadline = now.Add(st.t.limits.Time)
	}
	return st.deadline.Sub(now)
}

// Turn waits until a rendering that takes long may go on, and lets others run.
func (st *state) Turn() bool { return st.turnWithin(st.timeLeft()) }

func (st *state) turnWithin(wait time.Duration) bool {
	if err := st.goOn(st.cancel, wait); err != nil {
		st.Fail(err)
		return false
	}
	runtime.Gosched()
	return true
}

// More looks whether a rendering may hold more than it was allowed.
func (st *state) More() bool {
	most := st.Most()
	if st.Holding > most {
		st.Census()
		if st.Holding > most {
			st.Fail(ErrMemory)
		}
	}
	if want := st.Holding - java.Floor - st.bytes; want > 0 && !st.Failed() {
		if st.Holding > modest && !st.slot && !st.Turn() {
			return false
		}
		if !st.take((want + portion - 1) / portion * portion) {
			st.Census()
			if want = st.Holding - java.Floor - st.bytes; want > 0 && !st.take(want) {
				st.Fail(ErrShared)
			}
		}
	}
	st.Allowed = min(most, java.Floor+st.bytes)
	return !st.Failed()
}
