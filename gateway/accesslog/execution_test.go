package accesslog

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/exchange"
)

func TestExecutionLogs(t *testing.T) {
	dir := t.TempDir()
	named, any := filepath.Join(dir, "named"), filepath.Join(dir, "any")
	l := open(t, Options{Targets: map[string]string{Group("a1", "prod"): named, AnyGroup: any, Any: filepath.Join(dir, "access")}})
	x := &exchange.Exchange{RequestID: "id"}
	prod, test := stage("", ""), stage("", "")
	test.Name = "test"
	l.Step(x, prod, "Starting execution", []byte("{\n}"))
	l.Fail(x, prod, "Internal server error", errors.New("no template"))
	l.Fail(x, test, "Forbidden", nil)
	l.Record(x, prod) // which has no access log
	finish(t, l)
	for path, want := range map[string][]string{
		named: {`(id) Starting execution. Data: {\x0A}`, "(id) Execution failed: Internal server error: no template"},
		any:   {"(id) Execution failed: Forbidden"},
	} {
		lines := strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n")
		if len(lines) != len(want) {
			t.Errorf("%s: got %q, want %q", filepath.Base(path), lines, want)
			continue
		}
		for i := range want {
			if _, got, _ := strings.Cut(lines[i], "Z "); got != want[i] {
				t.Errorf("%s: got %q, want %q", filepath.Base(path), got, want[i])
			}
		}
	}
	if got := read(t, filepath.Join(dir, "access")); got != "" {
		t.Errorf("the access log: got %q, want nothing", got)
	}
}

func TestExecutionLogsWithoutAFile(t *testing.T) {
	var told bytes.Buffer
	l := open(t, Options{Targets: map[string]string{Any: filepath.Join(t.TempDir(), "access")}, Logger: slog.New(slog.NewJSONHandler(&told, nil))})
	x := &exchange.Exchange{RequestID: "id", RouteKey: "send", ConnectionID: "c"}
	l.Step(x, stage("", ""), "Starting execution", nil)
	l.Fail(x, stage("", ""), "Forbidden", nil)
	for _, want := range []string{`"level":"INFO"`, `"event":"Starting execution"`, `"route":"send"`, `"request":"id"`, `"level":"WARN"`, `"event":"Execution failed: Forbidden"`} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("got %s, want %s in it", told.String(), want)
		}
	}
}

func TestLongEventsAreCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open(t, Options{Targets: map[string]string{AnyGroup: path}})
	l.Step(&exchange.Exchange{}, stage("", ""), "Starting execution", []byte(strings.Repeat("ü", 2000)))
	l.Step(&exchange.Exchange{}, stage("", ""), "Starting execution!", []byte(strings.Repeat("ü", 2000)))
	finish(t, l)
	for line := range strings.Lines(read(t, path)) {
		if n := len(line) - 1; n > maxEvent || n < maxEvent-1 || !utf8.ValidString(line) {
			t.Errorf("got an event of %d bytes, want %d of whole characters", n, maxEvent)
		}
	}
}
