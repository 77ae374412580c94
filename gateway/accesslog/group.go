package accesslog

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostGroups bounds the files of the folder, each of which stays open.
const mostGroups = 256

// group is the file of a log group in the folder, nil when there can be none.
// Documented: Amazon CloudWatch Logs User Guide, log groups: their ARN ends in
// :log-group:NAME.
func (l *Log) group(arn string) *sink {
	_, name, ok := strings.Cut(destination(arn), ":log-group:")
	name = filepath.FromSlash(strings.TrimLeft(name, "/"))
	// A name with dot segments would lead out of the folder: it is as one that nobody mapped.
	if l.options.Folder == "" || !ok || !filepath.IsLocal(name) {
		return nil
	}
	path := filepath.Join(l.options.Folder, name+".log")
	l.mu.Lock()
	defer l.mu.Unlock()
	// Names come from stages: without a bound whoever may deploy opens files until none are left.
	if s := l.groups[path]; s != nil || len(l.groups) >= mostGroups {
		return s
	}
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	var s *sink
	if err == nil {
		s, err = openSink(path, &l.options)
	}
	if err != nil {
		l.logger.Error("the log of a group cannot be written", "group", name, "error", err)
		return nil
	}
	l.groups[path] = s
	l.sinks = append(l.sinks, s)
	return s
}

// all are the files that are open now.
func (l *Log) all() []*sink {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.sinks)
}
