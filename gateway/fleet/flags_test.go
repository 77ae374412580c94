package fleet

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/store/lease"
)

// Flags that others have otherwise are told once, with both values, and told again when that changes.
func TestFlagsThatDiffer(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var told []string
		w.change = func(c *Config) {
			c.Self = func() Self { return Self{Flags: map[string]string{"region": "us-east-1", "new": "here"}} }
			c.Differ = func(flags []string) { told = append(told, strings.Join(flags, "; ")) }
		}
		a := w.join(1)
		defer a.stop()
		w.change = func(c *Config) {
			c.Self = func() Self { return Self{Flags: map[string]string{"region": "eu-west-1"}} }
		}
		b := w.join(2)
		time.Sleep(5 * lease.Every)
		synctest.Wait()
		if want := `--region is "us-east-1" here and "eu-west-1" on node 000002`; len(told) != 1 || told[0] != want {
			t.Errorf("got %q, want once %s", told, want)
		}
		if log := a.log.String(); strings.Count(log, "should have alike differ") != 1 {
			t.Errorf("it is logged otherwise than once: %s", log)
		}
		b.stop()
		time.Sleep(lease.Every)
		synctest.Wait()
		if len(told) != 2 || told[1] != "" {
			t.Errorf("the other has left: got %q, want that nothing differs", told)
		}
	})
}

func TestDifferencesAreBounded(t *testing.T) {
	mine, o := map[string]string{}, other{}
	o.Flags = map[string]string{}
	for i := range 3 * mostDiffering {
		mine[fmt.Sprint(i)], o.Flags[fmt.Sprint(i)] = "a", "b"
	}
	if found := differences(mine, []other{o}); len(found) != mostDiffering+1 || found[mostDiffering] != fmt.Sprintf("and %d more", 2*mostDiffering) {
		t.Errorf("got %d, the last %q", len(found), found[len(found)-1])
	}
	o.Lost = 1
	if found := differences(mine, []other{o}); len(found) != 0 {
		t.Errorf("one that is lost: got %q", found)
	}
}
