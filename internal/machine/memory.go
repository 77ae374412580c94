package machine

import (
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Memory is how many bytes of memory the process may use.
type Memory struct {
	Group int64 // limit of its control group or of one above; 0 for none
	Total int64 // of the machine; 0 when it is not known
}

// ReadMemory looks at the files of Linux below root, which is the root of the file
// system. A file that is missing leaves its value unknown.
func ReadMemory(root fs.FS) Memory {
	m := Memory{Total: total(root)}
	most := int64(math.MaxInt64)
	for _, dir := range groups(root) {
		for at := dir.path; ; at = path.Dir(at) {
			if limit, ok := readLimit(root, path.Join(at, dir.file)); ok {
				most = min(most, limit)
			}
			if at == dir.mount || at == "." || at == "/" {
				break
			}
		}
	}
	// Without a limit version 1 has a number that no machine reaches.
	if most < 1<<60 && (m.Total == 0 || most < m.Total) {
		m.Group = most
	}
	return m
}

// Limit is the lower of the two, 0 when neither is known.
func (m Memory) Limit() int64 {
	if m.Group > 0 {
		return m.Group
	}
	return m.Total
}

// total is MemTotal of /proc/meminfo.
func total(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil && n > 0 && n < 1<<50 {
				return n << 10
			}
		}
	}
	return 0
}

// group is where limits of memory stand: in file of path and of the folders above
// it up to mount.
type group struct{ mount, path, file string }

// groups finds the control groups of the process (cgroups(7)): of version 2 the one
// group, of version 1 that of the memory controller.
func groups(root fs.FS) (found []group) {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	mounts, err := fs.ReadFile(root, "proc/self/mountinfo")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		kind, file := "cgroup2", "memory.max"
		if parts[0] != "0" || parts[1] != "" {
			if !slices.Contains(strings.Split(parts[1], ","), "memory") {
				continue
			}
			kind, file = "cgroup", "memory.limit_in_bytes"
		}
		if g, ok := mounted(string(mounts), kind, parts[2]); ok {
			g.file = file
			found = append(found, g)
		}
	}
	return found
}

// mounted finds the folder of a group. In a container the group's path may be that
// of the machine, of which the container sees the end alone.
func mounted(mounts, kind, at string) (group, bool) {
	for line := range strings.Lines(mounts) {
		before, after, ok := strings.Cut(line, " - ")
		fields, about := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(about) < 3 || about[0] != kind {
			continue
		}
		if kind == "cgroup" && !slices.Contains(strings.Split(about[2], ","), "memory") {
			continue
		}
		mount := strings.TrimPrefix(path.Clean(fields[4]), "/")
		rest, below := strings.CutPrefix(at, strings.TrimSuffix(fields[3], "/"))
		if !below || strings.Contains(rest, "..") {
			rest = ""
		}
		return group{mount: mount, path: path.Join(mount, rest)}, true
	}
	return group{}, false
}

func readLimit(root fs.FS, name string) (int64, bool) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is none
	return n, err == nil && n > 0
}
