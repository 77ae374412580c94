package collector

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Of a program's mappings those alone are given back whose memory is what the file holds.
func TestCleanMappings(t *testing.T) {
	const smaps = `00400000-01b64000 r-xp 00000000 fe:00 1234                       /bin/gateway
Size:              23952 kB
Rss:               18188 kB
Shared_Dirty:          0 kB
Private_Dirty:     18188 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
01b64000-033d4000 r--p 01764000 fe:00 1234                       /bin/gateway
Private_Dirty:         0 kB
Anonymous:             0 kB
033d4000-034d4000 rw-p 02fd4000 fe:00 1234                       /bin/gateway
Private_Dirty:         0 kB
Anonymous:             0 kB
034d4000-034e4000 r--p 02fd4000 fe:00 1234                       /bin/gateway
Private_Dirty:         4 kB
Anonymous:             4 kB
04400000-04500000 r-xp 00000000 fe:00 99                         /lib/other.so
Private_Dirty:         0 kB
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Private_Dirty:      4096 kB
05000000-05100000 r-xp 00000000 fe:00 1234                       /bin/gateway
Rss:                   4 kB
7ffd0000-nonsense r-xp 00000000 fe:00 1234                       /bin/gateway
Private_Dirty:         0 kB
`
	got := clean(strings.NewReader(smaps), "/bin/gateway")
	if want := []mapping{{0x400000, 0x1b64000}, {0x1b64000, 0x33d4000}}; !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// The program goes on as it was, with less of it resident.
func TestProgramIsReleased(t *testing.T) {
	resident := func() (kb int) {
		text, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "RssFile:")
		for _, c := range strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]) {
			kb = kb*10 + int(c-'0')
		}
		return kb
	}
	before := resident()
	releaseProgram()
	if after := resident(); after >= before {
		t.Errorf("%d kB of files are resident after it and %d before", after, before)
	}
	if slices.Max([]int{1, 3, 2}) != 3 {
		t.Error("code that was given back does not come back")
	}
}
