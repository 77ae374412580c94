package authorizer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func key(authorizer string, sources ...string) Key { return KeyOf("api", "dev", authorizer, sources) }

func constant(v string, ttl time.Duration) func(context.Context) (string, time.Duration, error) {
	return func(context.Context) (string, time.Duration, error) { return v, ttl, nil }
}

func TestKeyOfKeepsSourcesApart(t *testing.T) {
	keys := map[Key]string{}
	for name, k := range map[string]Key{
		"none": key("a"), "one empty": key("a", ""), "ab c": key("a", "ab", "c"), "a bc": key("a", "a", "bc"),
		"c ab": key("a", "c", "ab"), "another authorizer": key("b", "ab", "c"),
		"another stage": KeyOf("api", "prod", "a", []string{"ab", "c"}), "another API": KeyOf("x", "dev", "a", []string{"ab", "c"}),
	} {
		if other, taken := keys[k]; taken {
			t.Errorf("%q and %q have one key", name, other)
		}
		keys[k] = name
	}
	if other, taken := keys[key("b", "ab", "c")]; !taken {
		t.Errorf("equal sources have different keys (%q)", other)
	}
}

func TestCacheRemembersUntilItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache[string](0)
		get := func(v string) string {
			got, err := c.Get(t.Context(), key("a", "x"), constant(v, time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got := get("first"); got != "first" {
			t.Errorf("got %q, want first", got)
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if got := get("second"); got != "first" {
			t.Errorf("just before its end: got %q, want first", got)
		}
		time.Sleep(time.Nanosecond)
		if got := get("third"); got != "third" {
			t.Errorf("at its end: got %q, want third", got)
		}
	})
}

func TestCacheForgetsTheLeastUsed(t *testing.T) {
	c := NewCache[string](2)
	for _, name := range []string{"a", "b", "a", "c"} {
		if _, err := c.Get(t.Context(), key(name), constant(name, time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if _, got := c.Peek(key(name)); got != want {
			t.Errorf("%s remembered: got %v, want %v", name, got, want)
		}
	}
	if c.Len() != 2 {
		t.Errorf("got %d results, want 2", c.Len())
	}
}

func TestCacheDoesNotRememberErrorsOrZeroTimes(t *testing.T) {
	c := NewCache[string](0)
	broken := errors.New("broken")
	_, err := c.Get(t.Context(), key("a"), func(context.Context) (string, time.Duration, error) { return "x", time.Hour, broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if _, err := c.Get(t.Context(), key("b"), constant("x", 0)); err != nil {
		t.Error(err)
	}
	if c.Len() != 0 {
		t.Errorf("%d results remembered, want none", c.Len())
	}
}

func TestCacheLoadsOnceForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache[string](0)
		var loads atomic.Int32
		results := make(chan string, 50)
		for range 50 {
			go func() {
				v, err := c.Get(t.Context(), key("a"), func(context.Context) (string, time.Duration, error) {
					loads.Add(1)
					time.Sleep(time.Second)
					return "v", time.Hour, nil
				})
				if err != nil {
					v = err.Error()
				}
				results <- v
			}()
		}
		for range 50 {
			if v := <-results; v != "v" {
				t.Errorf("got %q, want v", v)
			}
		}
		if n := loads.Load(); n != 1 {
			t.Errorf("%d loads, want 1", n)
		}
	})
}

// TestCacheOutlivesItsLeader: the client whose request loads hangs up, and
// those who wait are answered all the same.
func TestCacheOutlivesItsLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache[string](0)
		leaderCtx, hangUp := context.WithCancel(t.Context())
		leader, follower, impatient := make(chan error, 1), make(chan string, 1), make(chan error, 1)
		go func() {
			_, err := c.Get(leaderCtx, key("a"), func(ctx context.Context) (string, time.Duration, error) {
				<-ctx.Done()
				return "", 0, ctx.Err()
			})
			leader <- err
		}()
		synctest.Wait()
		go func() {
			v, _ := c.Get(t.Context(), key("a"), constant("mine", time.Hour))
			follower <- v
		}()
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := c.Get(ctx, key("a"), constant("never", time.Hour))
			impatient <- err
		}()
		if err := <-impatient; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who waits too long: got %v, want its own deadline", err)
		}
		hangUp()
		if err := <-leader; !errors.Is(err, context.Canceled) {
			t.Errorf("leader: got %v, want canceled", err)
		}
		if v := <-follower; v != "mine" {
			t.Errorf("follower: got %q, want mine", v)
		}
	})
}

func TestCacheSurvivesAPanic(t *testing.T) {
	c := NewCache[string](0)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = c.Get(t.Context(), key("a"), func(context.Context) (string, time.Duration, error) { panic("boom") })
	}()
	if v, err := c.Get(t.Context(), key("a"), constant("v", time.Hour)); v != "v" || err != nil {
		t.Errorf("got %q, %v; want v", v, err)
	}
}

func TestCacheReset(t *testing.T) {
	keys := map[string]Key{}
	for _, api := range []string{"x", "y"} {
		for _, stage := range []string{"dev", "prod"} {
			for _, a := range []string{"a", "b"} {
				keys[api+"/"+stage+"/"+a] = KeyOf(api, stage, a, nil)
			}
		}
	}
	tests := []struct {
		api, stage, authorizer string
		want                   int
	}{
		{"x", "dev", "a", 7}, {"x", "dev", "", 6}, {"x", "", "", 4}, {"z", "", "", 8}, {"x", "", "b", 6},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %s %s", tt.api, tt.stage, tt.authorizer), func(t *testing.T) {
			c := NewCache[int](0)
			for _, k := range keys {
				c.Put(k, 1, time.Hour)
			}
			c.Reset(tt.api, tt.stage, tt.authorizer)
			if got := c.Len(); got != tt.want {
				t.Errorf("%d results left, want %d", got, tt.want)
			}
		})
	}
}

// TestCacheResetReachesFlights: a decision made before the reset must not come
// back after it.
func TestCacheResetReachesFlights(t *testing.T) {
	c := NewCache[string](0)
	v, err := c.Get(t.Context(), key("a"), func(context.Context) (string, time.Duration, error) {
		c.Reset("api", "dev", "")
		if v, err := c.Get(t.Context(), key("a"), constant("new", 0)); v != "new" || err != nil {
			t.Errorf("who asks after the reset: got %q, %v; want new", v, err)
		}
		return "old", time.Hour, nil
	})
	if v != "old" || err != nil {
		t.Errorf("got %q, %v; want old for the one who asked before", v, err)
	}
	if c.Len() != 0 {
		t.Error("the old decision was remembered")
	}
}

func BenchmarkCacheHit(b *testing.B) {
	c := NewCache[int](0)
	k := key("a", "x")
	c.Put(k, 1, time.Hour)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Peek(k)
		}
	})
}
