package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mostDiffering bounds what is told of flags that differ: those of a node that has all of them
// otherwise are told, and of many nodes those of the first.
const mostDiffering = 50

// differences are the flags that others do not have as this node has them, each with both values
// and who it is. What clients are told would depend on the node that they happen to reach.
func differences(mine map[string]string, others []other) (found []string) {
	for i := range others {
		o := &others[i]
		if !o.Live() {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(mine)) {
			// One that the other does not tell is of another version; that is no difference yet.
			if theirs, told := o.Flags[name]; told && theirs != mine[name] {
				found = append(found, fmt.Sprintf("--%s is %q here and %q on node %v", name, mine[name], theirs, o.node()))
			}
		}
	}
	if more := len(found) - mostDiffering; more > 0 {
		found = append(found[:mostDiffering], fmt.Sprintf("and %d more", more))
	}
	return found
}

// compare tells of flags that differ, once for each change.
func (f *Fleet) compare(others []other) {
	if f.config.Self == nil || f.apis == nil {
		return
	}
	now := differences(f.config.Self().Flags, others)
	if slices.Equal(now, f.differs) {
		return
	}
	if f.differs = now; len(now) > 0 {
		f.config.Logger.Warn("flags that all nodes should have alike differ", "flags", strings.Join(now, "; "))
	} else {
		f.config.Logger.Info("all nodes have the same flags")
	}
	if f.config.Differ != nil {
		f.config.Differ(now)
	}
}
