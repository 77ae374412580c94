package cli

import (
	"math"
	"runtime/debug"
	"testing"
	"testing/fstest"
)

func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	group := func(limit string) fstest.MapFS {
		return fstest.MapFS{
			"proc/self/cgroup":         {Data: []byte("0::/\n")},
			"proc/self/mountinfo":      {Data: []byte("30 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")},
			"sys/fs/cgroup/memory.max": {Data: []byte(limit)},
		}
	}
	for _, row := range []struct {
		name, environment string
		root              fstest.MapFS
		want              int64
	}{
		{"a limit", "", group("1000000000"), 900000000},
		{"no limit", "", group("max"), math.MaxInt64},
		{"nothing known", "", fstest.MapFS{}, math.MaxInt64},
		{"the user's own", "2GiB", group("1000000000"), math.MaxInt64},
		{"the user's own is none", "off", group("1000000000"), math.MaxInt64},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		t.Setenv("GOMEMLIMIT", row.environment)
		if limitMemory(row.root); debug.SetMemoryLimit(-1) != row.want {
			t.Errorf("%s: got %d, want %d", row.name, debug.SetMemoryLimit(-1), row.want)
		}
	}
}
