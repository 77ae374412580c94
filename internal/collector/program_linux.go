package collector

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// releaseProgram takes the program's own pages out of what is resident. A start runs through
// code of every library, two thirds of which nobody needs afterwards. The pages stay in the
// system's cache, from where those that are needed come back, some at a time and each within
// a microsecond (madvise(2), MADV_DONTNEED, of a file that is mapped).
func releaseProgram() {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer f.Close()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for _, m := range clean(f, program) {
		// It is advice: what is not taken costs nothing.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.start, m.end-m.start, syscall.MADV_DONTNEED)
	}
}

// mapping is a part of the address space.
type mapping struct{ start, end uintptr }

// clean are the mappings of a file that nobody can write and nobody has written. Of any other
// the file holds not what memory does: a loader's relocations or a debugger's breakpoints
// would be lost (proc(5), /proc/pid/smaps).
func clean(smaps io.Reader, file string) (found []mapping) {
	var at mapping
	ours, copied := false, true // not told is taken for copied
	end := func() {
		if ours && !copied {
			found = append(found, at)
		}
	}
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		if name, is := strings.CutSuffix(fields[0], ":"); is {
			// Pages that are called dirty are merely not on the disk yet; one that was written here
			// is a copy, and belongs to no file.
			if name == "Anonymous" {
				copied = fields[1] != "0"
			}
			continue
		}
		end()
		var whole bool
		at, whole = span(fields[0])
		ours = whole && len(fields) >= 6 && fields[5] == file && !strings.Contains(fields[1], "w")
		copied = true
	}
	end()
	return found
}

// span reads START-END, two hexadecimal addresses.
func span(text string) (mapping, bool) {
	from, to, _ := strings.Cut(text, "-")
	start, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return mapping{}, false
	}
	end, err := strconv.ParseUint(to, 16, 64)
	return mapping{uintptr(start), uintptr(end)}, err == nil && start < end
}
