package bustest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

// announcement is what somebody heard.
type announcement struct {
	text   string
	missed int
}

// ear hears announcements.
type ear struct{ heard chan announcement }

func listen(t *testing.T, b bus.Bus, topic string) ear {
	t.Helper()
	e := ear{make(chan announcement, 10_000)}
	subscribe(t, b, topic, func(payload []byte, missed int) { e.heard <- announcement{string(payload), missed} })
	return e
}

func subscribe(t *testing.T, b bus.Bus, topic string, heard func([]byte, int)) (stop func()) {
	t.Helper()
	stop, err := b.Subscribe(t.Context(), topic, heard)
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	t.Cleanup(stop)
	return stop
}

// until hears up to a text and answers all that came before it, and it.
func (e ear) until(t *testing.T, text string) (all []announcement) {
	t.Helper()
	for {
		select {
		case a := <-e.heard:
			if all = append(all, a); a.text == text {
				return all
			}
		case <-time.After(patience):
			t.Fatalf("%q was never heard, only %v", text, all)
		}
	}
}

func announce(t *testing.T, b bus.Bus, topic, text string) {
	t.Helper()
	if err := b.Announce(t.Context(), topic, []byte(text)); err != nil {
		t.Fatalf("Announce: %v", err)
	}
}

func reach(t *testing.T, here, there bus.Bus) {
	a, b, c := listen(t, here, "one"), listen(t, there, "one"), listen(t, there, "two")
	announce(t, here, "one", "seven")
	announce(t, there, "two", "")
	for name, e := range map[string]ear{"its own end": a, "the other end": b} {
		if got := e.until(t, "seven"); len(got) != 1 || got[0].missed != 0 {
			t.Errorf("%s heard %v, want seven once", name, got)
		}
	}
	if got := c.until(t, ""); len(got) != 1 {
		t.Errorf("another topic heard %v, want its own alone", got)
	}
}

// rising checks the numbers that somebody heard, and answers how many there were,
// those that were dropped included.
func rising(t *testing.T, all []announcement) (total int) {
	t.Helper()
	last := 0
	for _, a := range all {
		n, err := strconv.Atoi(a.text)
		if err != nil || n <= last {
			t.Fatalf("heard %q after %d, want them in order", a.text, last)
		}
		last = n
		total += 1 + a.missed
	}
	return total
}

func order(t *testing.T, here, there bus.Bus) {
	e := listen(t, there, "topic")
	const last = 1000
	for n := 1; n <= last; n++ {
		announce(t, here, "topic", strconv.Itoa(n))
	}
	if got := rising(t, e.until(t, strconv.Itoa(last))); got != last {
		t.Errorf("heard and missed %d announcements of a calm bus, want %d", got, last)
	}
}

func slow(t *testing.T, here, there bus.Bus) {
	entered, release := make(chan struct{}, 10_000), make(chan struct{})
	slow := ear{make(chan announcement, 10_000)}
	subscribe(t, there, "topic", func(payload []byte, missed int) {
		entered <- struct{}{}
		<-release
		slow.heard <- announcement{string(payload), missed}
	})
	quick := listen(t, there, "topic")
	announce(t, here, "topic", "1")
	quick.until(t, "1")
	await(t, "announcement", entered)
	const last = 10 * bus.Queue
	for n := 2; n <= last; n++ {
		announce(t, here, "topic", strconv.Itoa(n))
		quick.until(t, strconv.Itoa(n))
	}
	close(release)
	all := slow.until(t, strconv.Itoa(last))
	if got := rising(t, all); got != last {
		t.Errorf("a slow subscriber heard and missed %d announcements, want %d", got, last)
	}
	if len(all) > bus.Queue+1 {
		t.Errorf("%d announcements waited for a slow subscriber, want %d at most", len(all)-1, bus.Queue)
	}
}

func announcements(t *testing.T, here, there bus.Bus) {
	a, b := listen(t, here, "topic"), listen(t, there, "topic")
	largest := strings.Repeat("x", bus.MaxAnnouncement)
	payload := []byte(largest)
	if err := here.Announce(t.Context(), "topic", payload); err != nil {
		t.Errorf("the largest announcement: %v", err)
	}
	clear(payload)
	for _, e := range []ear{a, b} {
		e.until(t, largest)
	}
	if err := here.Announce(t.Context(), "topic", append(payload, 'x')); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("a larger one: %v, want ErrTooLarge", err)
	}
}

func silence(t *testing.T, here, there bus.Bus) {
	var after atomic.Bool
	stop := subscribe(t, there, "topic", func(payload []byte, _ int) { after.Store(string(payload) == "2") })
	still := listen(t, there, "topic")
	announce(t, here, "topic", "1")
	still.until(t, "1")
	stop()
	stop()
	announce(t, here, "topic", "2")
	still.until(t, "2")
	if after.Load() {
		t.Error("heard an announcement after stop")
	}
}

func stopWaits(t *testing.T, here, there bus.Bus) {
	entered, release := make(chan struct{}), make(chan struct{})
	var left atomic.Bool
	stop := subscribe(t, there, "topic", func([]byte, int) {
		close(entered)
		<-release
		left.Store(true)
	})
	announce(t, here, "topic", "1")
	await(t, "announcement", entered)
	returned := make(chan struct{})
	go func() { stop(); close(returned) }()
	close(release)
	await(t, "end of stop", returned)
	if !left.Load() {
		t.Error("stop returned while the subscriber ran")
	}
}

func panickingEar(t *testing.T, here, there bus.Bus) {
	heard, calm := make(chan string, 100), listen(t, there, "topic")
	subscribe(t, there, "topic", func(payload []byte, _ int) {
		heard <- string(payload)
		panic("of the listener")
	})
	for _, text := range []string{"1", "2", "3"} {
		announce(t, here, "topic", text)
		select {
		case got := <-heard:
			if got != text {
				t.Errorf("heard %q, want %q", got, text)
			}
		case <-time.After(patience):
			t.Fatalf("%q was never heard", text)
		}
		if got := calm.until(t, text); !slices.Equal(got, []announcement{{text, 0}}) {
			t.Errorf("its neighbour heard %v", got)
		}
	}
}
