package cost

import (
	"runtime"
	"testing"
	"time"
)

var sink []byte

func TestWhatIsSpentIsSeen(t *testing.T) {
	spent := Of(func() { sink = make([]byte, 1<<20) })
	if spent.Bytes < 1<<20 || spent.Bytes > 4<<20 {
		t.Errorf("%d bytes were seen, want about %d", spent.Bytes, 1<<20)
	}
	if runtime.GOOS != "linux" {
		return
	}
	spent = Of(func() {
		for began := threadTime(); threadTime()-began < 20*time.Millisecond; {
		}
	})
	if spent.Time < 20*time.Millisecond {
		t.Errorf("%v were seen, want 20ms", spent.Time)
	}
}
