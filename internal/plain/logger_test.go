package plain

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
)

func TestLogsArePlain(t *testing.T) {
	var out bytes.Buffer
	l := Logger(slog.New(slog.NewTextHandler(&out, nil)))
	err := fault.E("control.CreateRoute", fmt.Errorf("reading: %w", errors.New("json: yaml: line 3")))
	for want, write := range map[string]func(){
		`error="reading: line 3" n=1`:                 func() { l.Error("x", "error", err, "n", 1) },
		`g.error="reading: line 3" g.n=2`:             func() { l.Error("x", slog.Group("g", "error", err, "n", 2)) },
		`error="reading: line 3" m=3`:                 func() { l.With("error", err).Error("x", "m", 3) },
		`g.error="reading: line 3"`:                   func() { l.WithGroup("g").Error("x", "error", err) },
		`stack="json: this is no error, and no text"`: func() { l.Error("x", "stack", "json: this is no error, and no text") },
		`msg=x n=<nil>`:                               func() { l.Error("x", "n", nil) },
	} {
		out.Reset()
		write()
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %s, want %s", out.String(), want)
		}
	}
}
