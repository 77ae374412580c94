package conformance

import (
	"encoding/json"
	"log/slog"
	"strings"
	"sync"

	"github.com/dragoman-gateway/dragoman/server"
)

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex // Protects text.
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log so far.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// into makes a gateway log here, everything that it has to say.
func (l *lines) into(c *server.Config) {
	c.Logger = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// audit is a line of the log about a write.
type audit struct {
	Operation, Resource, Exception, Key, Account, Region, From, Request string
	Status                                                              int
}

// writes are the lines about writes so far.
func (l *lines) writes() []audit {
	var found []audit
	for line := range strings.Lines(l.String()) {
		var entry struct {
			Msg string
			audit
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "write" {
			found = append(found, entry.audit)
		}
	}
	return found
}
