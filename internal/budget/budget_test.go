package budget

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestHolds(t *testing.T) {
	var told []int64
	b := New(1<<20, Options{Full: func(used int64) { told = append(told, used) }})
	b.favour.Store(true) // another one has it
	first, second, third, fourth := b.Hold(), b.Hold(), b.Hold(), b.Hold()
	for _, step := range []struct {
		name string
		hold *Hold
		n    int
		err  error
		used int64
	}{
		{"a few bytes cost a little more", &first, 10, nil, 512},
		{"a few more are within that", &first, 500, nil, 512},
		{"then they cost what they are", &first, 90, nil, 600},
		{"the large leave a quarter", &second, 768 << 10, ErrFull, 600},
		{"and take the rest", &second, 767 << 10, nil, 600 + 767<<10},
		{"more does not fit", &second, 2 << 10, ErrFull, 600 + 767<<10},
		{"but the small do", &first, 60 << 10, nil, 600 + 827<<10},
		{"not as many as the tiny", &third, 63 << 10, nil, 600 + 890<<10},
		{"beyond an eighth", &fourth, 10 << 10, ErrFull, 600 + 890<<10},
		{"which is theirs", &fourth, 4 << 10, nil, 600 + 894<<10},
	} {
		if err := step.hold.Grow(step.n); !errors.Is(err, step.err) || b.Used() != step.used {
			t.Errorf("%s: got %v and %d in use, want %v and %d", step.name, err, b.Used(), step.err, step.used)
		}
	}
	if b.Refused() != 3 || len(told) != 3 || told[1] != 600+767<<10 {
		t.Errorf("got %d refusals, told %v", b.Refused(), told)
	}
	second.Free()
	third.Free()
	fourth.Free()
	first.Free()
	first.Free()
	if b.Used() != 0 || first.Size() != 0 {
		t.Errorf("got %d in use after all was freed", b.Used())
	}
}

// Of many that grow side by side one finds room to its end, and the next one once
// it is freed.
func TestOneOfTheLargeIsFavoured(t *testing.T) {
	synctest.Test(t, favoured)
}

func favoured(t *testing.T) {
	b := New(1<<20, Options{})
	holds := make([]Hold, 12)
	for i := range holds {
		holds[i] = b.Hold()
		if err := holds[i].Grow(64 << 10); err != nil {
			t.Fatal(err)
		}
	}
	grow := func(i, n int, want error) {
		t.Helper()
		if err := holds[i].Grow(n); !errors.Is(err, want) {
			t.Errorf("hold %d: got %v, want %v", i, err, want)
		}
	}
	grow(5, 64<<10, nil)
	grow(4, 64<<10, ErrFull)
	grow(5, 63<<10, nil)
	go func() { // even the favoured leave an eighth, and wait for others
		time.Sleep(patience / 2)
		holds[4].Free()
	}()
	grow(5, 2<<10, nil)
	synctest.Wait()
	grow(5, 100<<10, ErrFull) // not for long, and then another one may try
	grow(7, 64<<10, ErrFull)
	holds[7].Free()
	grow(6, 1<<20, ErrFull)
	holds[5].Free()
	grow(6, 192<<10, nil)
	for i := range holds {
		holds[i].Free()
	}
	if b.Used() != 0 || b.favour.Load() {
		t.Errorf("got %d in use, favour %v after all was freed", b.Used(), b.favour.Load())
	}
}

// What is of no budget is not bounded.
func TestNoBudget(t *testing.T) {
	var none *Budget
	hold := none.Hold()
	if err := hold.Grow(1 << 40); err != nil {
		t.Error(err)
	}
	hold.Free()
	if !none.Take(1, 1) {
		t.Error("a nil budget refused")
	}
	none.Give(1)
	body, err := Read(strings.NewReader("x"), 1, nil, &Hold{})
	if err != nil || string(body) != "x" {
		t.Errorf("got %q %v", body, err)
	}
}

func TestRead(t *testing.T) {
	const limit = 1 << 20
	for _, row := range []struct {
		name      string
		announced int64
		body      int
		most      int64 // held, at the end
		err       error
	}{
		{"nothing", 0, 0, 512, nil},
		{"a few", 5, 5, 512, nil},
		{"a few, not announced", -1, 5, 4 << 10, nil},
		{"less than announced", 1 << 40, 5, 4 << 10, nil},
		{"exactly", 10_000, 10_000, 10_001, nil},
		{"not announced", -1, 10_000, 16 << 10, nil},
		{"more than announced", 10, 10_000, 16 << 10, nil},
		{"as much as the large may", limit/4*3 - 1, limit/4*3 - 1, limit / 4 * 3, nil},
		{"too much", limit, limit, limit, ErrFull},
		{"too much, not announced", -1, limit, limit, ErrFull},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, other := New(limit, Options{}), New(limit, Options{})
			one, two := b.Hold(), other.Hold()
			text := strings.Repeat("x", row.body)
			for _, r := range []io.Reader{strings.NewReader(text), iotest.HalfReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
				body, err := Read(r, row.announced, func() {}, &one, &two)
				if !errors.Is(err, row.err) || err == nil && string(body) != text {
					t.Errorf("got %d bytes and %v, want %d and %v", len(body), err, row.body, row.err)
				}
				if b.Used() > row.most || b.Used() < int64(len(body)) || b.Used() != other.Used() {
					t.Errorf("got %d and %d held for %d bytes, want at most %d and the same", b.Used(), other.Used(), len(body), row.most)
				}
				one.Free()
				two.Free()
			}
			if len(b.watched)+len(other.watched) != 0 || b.Used()+other.Used() != 0 {
				t.Error("something is left behind")
			}
		})
	}
	broken := errors.New("broken")
	if _, err := Read(iotest.ErrReader(broken), -1, nil); err != broken {
		t.Errorf("got %v, want the reader's error", err)
	}
}

// slow is a client that has sent so much and then nothing.
type slow struct {
	left    int
	stopped chan struct{}
	once    sync.Once
}

func (s *slow) Read(p []byte) (int, error) {
	if s.left == 0 {
		<-s.stopped
		return 0, errors.New("the deadline is over")
	}
	n := min(len(p), s.left)
	s.left -= n
	return n, nil
}

func (s *slow) stop() { s.once.Do(func() { close(s.stopped) }) }

// Those who send slowly lose their room to others, the oldest first, and not
// before they are slow.
func TestTheSlowAreCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(1<<20, Options{Slow: 5 * time.Second})
		ended := make(chan int, 3)
		clients := make([]*slow, 3)
		for i := range clients {
			clients[i] = &slow{left: 200 << 10, stopped: make(chan struct{})}
			go func() {
				hold := b.Hold()
				defer hold.Free()
				_, err := Read(clients[i], 256<<10, clients[i].stop, &hold)
				if cut := errors.Is(err, ErrFull); err == nil || cut != (i == 0) {
					t.Errorf("client %d: got %v, want that only the first is cut off", i, err)
				}
				ended <- i
			}()
			time.Sleep(time.Second)
		}
		next := func() error {
			hold := b.Hold()
			defer hold.Free()
			_, err := Read(strings.NewReader(strings.Repeat("x", 200<<10)), 200<<10, func() {}, &hold)
			synctest.Wait()
			return err
		}
		if err := next(); !errors.Is(err, ErrFull) || len(ended) != 0 {
			t.Fatalf("got %v and %d ended, want ErrFull and nobody cut off yet", err, len(ended))
		}
		time.Sleep(2 * time.Second)
		if err := next(); err != nil || len(ended) != 1 || <-ended != 0 {
			t.Fatalf("got %v, want room and the first cut off", err)
		}
		for _, c := range clients[1:] {
			c.stop()
		}
		time.Sleep(time.Second)
	})
}

func TestManyAtOnce(t *testing.T) {
	b := New(1<<20, Options{})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 100 {
				hold := b.Hold()
				_, _ = Read(strings.NewReader(strings.Repeat("x", 100<<10)), -1, func() {}, &hold)
				if used := b.Used(); used < 0 || used > 1<<20+16*(128<<10) {
					t.Errorf("got %d in use", used)
				}
				hold.Free()
			}
		})
	}
	all.Wait()
	if b.Used() != 0 || len(b.watched) != 0 {
		t.Errorf("got %d in use at the end", b.Used())
	}
}

// A watched holder that ended, or that was cut off, is not cut off again.
func TestWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(100, Options{Slow: time.Second})
		var cut []string
		watch := func(name string) *Watch { return b.Watch(func() { cut = append(cut, name) }) }
		first, second, third := watch("first"), watch("second"), watch("third")
		b.Take(100, 100)
		refused := func() {
			if b.Take(1, 1) {
				t.Error("there is room")
			}
			synctest.Wait()
		}
		refused()
		time.Sleep(time.Second)
		first.End()
		refused()
		refused() // too soon for another
		time.Sleep(sweepEvery)
		refused()
		time.Sleep(sweepEvery)
		refused()
		if len(cut) != 2 || first.Cut() || !second.Cut() || !third.Cut() {
			t.Errorf("got %v, want the second and the third, once each", cut)
		}
		var none *Budget
		if w := none.Watch(nil); w.Cut() {
			t.Error("nothing is cut off of no budget")
		} else {
			w.End()
		}
	})
}
