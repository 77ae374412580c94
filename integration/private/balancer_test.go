package private

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func unchecked(t *testing.T, links map[string][]string) *Balancer {
	t.Helper()
	b, err := New(Options{Links: links, Interval: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// pick takes a target and gives its address.
func pick(t *testing.T, b *Balancer, l integration.Link) (string, integration.Target) {
	t.Helper()
	target, err := b.Pick(&l)
	if err != nil {
		t.Fatal(err)
	}
	return target.Address(), target
}

const listener = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/1/2"
const cloudMap = "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1"

func TestWhichTargets(t *testing.T) {
	b := unchecked(t, map[string][]string{"link": {"l:1"}, listener: {"a:1"}, cloudMap: {"m:1"}, cloudMap + "?stage=prod": {"p:1"}})
	for _, row := range []struct {
		link integration.Link
		want string
	}{
		{integration.Link{ID: "link"}, "l:1"},
		{integration.Link{ID: "link", Target: listener}, "a:1"},
		{integration.Link{ID: "other", Target: listener}, "a:1"},
		{integration.Link{ID: "link", Target: "arn:of:nobody"}, "l:1"},
		{integration.Link{ID: "link", Target: cloudMap + "?stage=prod"}, "p:1"},
		{integration.Link{ID: "link", Target: cloudMap + "?stage=test"}, "m:1"},
	} {
		if got, _ := pick(t, b, row.link); got != row.want {
			t.Errorf("%+v: got %s, want %s", row.link, got, row.want)
		}
	}
	for _, l := range []integration.Link{{}, {ID: "other"}, {Target: "?"}} {
		if _, err := b.Pick(&l); !errors.Is(err, message.ErrConfiguration) {
			t.Errorf("%+v: got %v, want ErrConfiguration", l, err)
		}
	}
}

func TestLeastConnections(t *testing.T) {
	b := unchecked(t, map[string][]string{"link": {"a:1", "b:1", "c:1"}})
	l := integration.Link{ID: "link"}
	held := map[string]integration.Target{}
	var first []string
	for range 3 {
		address, target := pick(t, b, l)
		held[address] = target
		first = append(first, address)
	}
	if slices.Sort(first); !slices.Equal(first, []string{"a:1", "b:1", "c:1"}) {
		t.Fatalf("idle targets: got %v, want each once", first)
	}
	held["b:1"].Release(false)
	if got, _ := pick(t, b, l); got != "b:1" {
		t.Errorf("got %s, want the one with nothing to do", got)
	}
}

func TestTargetThatFailsIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := unchecked(t, map[string][]string{"link": {"a:1", "b:1"}})
		l := integration.Link{ID: "link"}
		for range 2 * failsInRow {
			address, target := pick(t, b, l)
			target.Release(address == "a:1")
		}
		for range 10 {
			address, target := pick(t, b, l)
			if target.Release(false); address != "b:1" {
				t.Fatalf("got %s, which has just failed", address)
			}
		}
		time.Sleep(passOver + time.Second)
		seen := map[string]bool{}
		for range 4 {
			address, target := pick(t, b, l)
			target.Release(false)
			seen[address] = true
		}
		if !seen["a:1"] {
			t.Error("the target never got another chance")
		}
	})
}

func TestOnlyTargetIsUsedThoughItFails(t *testing.T) {
	b := unchecked(t, map[string][]string{"link": {"a:1"}})
	for range 10 {
		_, target := pick(t, b, integration.Link{ID: "link"})
		target.Release(true)
	}
}

func TestChecksDecideWhoIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		down := map[string]bool{"a:1": true}
		b, err := build(Options{Links: map[string][]string{"link": {"a:1", "b:1"}}})
		if err != nil {
			t.Fatal(err)
		}
		b.check = func(_ context.Context, address string) error {
			mu.Lock()
			defer mu.Unlock()
			if down[address] {
				return io.EOF
			}
			return nil
		}
		b.start(time.Second, time.Second)
		defer b.Close()
		l := integration.Link{ID: "link"}
		alive := func() string {
			var seen []string
			for range 4 {
				target, err := b.Pick(&l)
				if err != nil {
					return err.Error()
				}
				if target.Release(false); !slices.Contains(seen, target.Address()) {
					seen = append(seen, target.Address())
				}
			}
			slices.Sort(seen)
			return strings.Join(seen, " ")
		}
		set := func(address string, isDown bool) { mu.Lock(); down[address] = isDown; mu.Unlock() }
		for _, step := range []struct {
			name string
			do   func()
			wait time.Duration
			want string
		}{
			{"one failure is none", func() {}, 0, "a:1 b:1"},
			{"two are", func() {}, time.Second, "b:1"},
			{"one success revives", func() { set("a:1", false) }, time.Second, "a:1 b:1"},
			{"all down", func() { set("a:1", true); set("b:1", true) }, 2 * time.Second, "unreachable: all targets of VPC link \"link\" () are down"},
		} {
			step.do()
			time.Sleep(step.wait)
			synctest.Wait()
			if got := alive(); got != step.want {
				t.Errorf("%s: got %s, want %s", step.name, got, step.want)
			}
		}
	})
}

func TestRealChecks(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sick":
			w.WriteHeader(503)
		case "/stall":
			<-r.Context().Done()
		case "/flood":
			w.Header().Set("A", strings.Repeat("x", 128<<10))
		}
	}))
	t.Cleanup(s.Close)
	up := s.Listener.Addr().String()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, row := range []struct {
		name, path, address string
		ok                  bool
	}{
		{"connects", "", up, true},
		{"refuses", "", l.Addr().String(), false},
		{"answers", "/", up, true},
		{"answers badly", "/sick", up, false},
		{"stalls", "/stall", up, false},
		{"floods", "/flood", up, false},
		{"refuses to answer", "/", l.Addr().String(), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			if err := checker(&Options{CheckPath: row.path})(ctx, row.address); (err == nil) != row.ok {
				t.Errorf("got %v, want success %v", err, row.ok)
			}
		})
	}
}

func TestCloseStopsChecks(t *testing.T) {
	b, err := New(Options{Links: map[string][]string{"link": {"127.0.0.1:1"}}, Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	b.Close()
}

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"link=a:80":                            "link [a:80]",
		"link=a:80, [::1]:8080":                "link [a:80 [::1]:8080]",
		cloudMap + "?stage=prod=10.0.0.1:8080": cloudMap + "?stage=prod [10.0.0.1:8080]",
	} {
		key, addresses, err := Parse(in)
		if got := key + " [" + strings.Join(addresses, " ") + "]"; err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "link", "=a:80", "link=", "link=a", "link=a:80,", "link=a:0", "link=a:99999", "link=:80", "link=a:http"} {
		if _, _, err := Parse(in); err == nil {
			t.Errorf("%q was taken", in)
		}
	}
	if _, err := New(Options{Links: map[string][]string{"a": {"x"}, "b": nil}}); err == nil {
		t.Error("broken links were taken")
	}
}

func TestManyAtOnce(t *testing.T) {
	b := unchecked(t, map[string][]string{"link": {"a:1", "b:1", "c:1"}})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range 500 {
				target, err := b.Pick(&integration.Link{ID: "link"})
				if err != nil {
					t.Error(err)
					return
				}
				target.Release(i%7 == 0)
			}
		})
	}
	wg.Wait()
	for _, m := range b.members {
		if n := m.calls.Load(); n != 0 {
			t.Errorf("%s: %d calls are under way that nobody makes", m.address, n)
		}
	}
}
