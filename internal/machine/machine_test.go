package machine

import (
	"os"
	"runtime"
	"testing"
	"testing/fstest"
)

const (
	v2        = "0::/user.slice/app.service\n"
	v2mount   = "30 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	v1        = "12:cpuset:/docker/abc\n5:memory:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n"
	v1mounts  = "34 31 0:31 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
	contained = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
	unlimited = "9223372036854771712\n"
	meminfo   = "MemTotal:        8388608 kB\nMemFree:         1 kB\n"
	total8    = 8 << 30
)

func TestReadMemory(t *testing.T) {
	type files map[string]string
	for _, row := range []struct {
		name  string
		files files
		want  Memory
	}{
		{"nothing is known", files{}, Memory{}},
		{"the machine alone", files{"proc/meminfo": meminfo}, Memory{Total: total8}},
		{"version 2", files{"proc/meminfo": meminfo, "proc/self/cgroup": v2, "proc/self/mountinfo": v2mount,
			"sys/fs/cgroup/user.slice/app.service/memory.max": "1000000\n"}, Memory{1000000, total8}},
		{"version 2, a limit above is lower", files{"proc/meminfo": meminfo, "proc/self/cgroup": v2, "proc/self/mountinfo": v2mount,
			"sys/fs/cgroup/user.slice/app.service/memory.max": "max\n", "sys/fs/cgroup/user.slice/memory.max": "2000000\n"}, Memory{2000000, total8}},
		{"version 2, no limit", files{"proc/meminfo": meminfo, "proc/self/cgroup": v2, "proc/self/mountinfo": v2mount,
			"sys/fs/cgroup/user.slice/app.service/memory.max": "max\n"}, Memory{0, total8}},
		{"version 2 with a namespace of its own", files{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": v2mount,
			"sys/fs/cgroup/memory.max": "1000000\n"}, Memory{Group: 1000000}},
		{"version 2 with a mount outside of the namespace", files{"proc/self/cgroup": "0::/../../x\n", "proc/self/mountinfo": v2mount,
			"sys/fs/cgroup/memory.max": "1000000\n"}, Memory{Group: 1000000}},
		{"version 1", files{"proc/meminfo": meminfo, "proc/self/cgroup": v1, "proc/self/mountinfo": v1mounts,
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "3000000\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": unlimited}, Memory{3000000, total8}},
		{"version 1, a limit above", files{"proc/meminfo": meminfo, "proc/self/cgroup": v1, "proc/self/mountinfo": v1mounts,
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": unlimited, "sys/fs/cgroup/memory/docker/memory.limit_in_bytes": "4000000"}, Memory{4000000, total8}},
		{"version 1 in a container", files{"proc/self/cgroup": v1, "proc/self/mountinfo": contained,
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "5000000\n"}, Memory{Group: 5000000}},
		{"version 1, no limit", files{"proc/meminfo": meminfo, "proc/self/cgroup": v1, "proc/self/mountinfo": v1mounts,
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": unlimited}, Memory{0, total8}},
		{"more than there is", files{"proc/meminfo": meminfo, "proc/self/cgroup": v2, "proc/self/mountinfo": v2mount,
			"sys/fs/cgroup/user.slice/app.service/memory.max": "99999999999\n"}, Memory{0, total8}},
		{"files that are none", files{"proc/meminfo": "MemTotal: many kB\nMemTotal: -1 kB\n", "proc/self/cgroup": "x\n\n0:y\n", "proc/self/mountinfo": "a - b\n - cgroup2\n"}, Memory{}},
	} {
		root := fstest.MapFS{}
		for name, text := range row.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		got := ReadMemory(root)
		if got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
		want := row.want.Total
		if row.want.Group != 0 {
			want = row.want.Group
		}
		if got.Limit() != want {
			t.Errorf("%s: the limit is %d, want %d", row.name, got.Limit(), want)
		}
	}
}

// On this machine it finds something that can be.
func TestThisMachine(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux is looked at")
	}
	m := ReadMemory(os.DirFS("/"))
	if m.Total < 64<<20 || m.Limit() > m.Total || m.Limit() < 16<<20 {
		t.Errorf("got %+v", m)
	}
	if limit, now := OpenFiles(), OpenNow(); limit < 16 || now < 3 || now > limit {
		t.Errorf("got %d open files of %d", now, limit)
	}
}
