package notice

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// collect makes notices whose lines are read from the buffer.
func collect() (*Notices, *bytes.Buffer) {
	var b bytes.Buffer
	return New(slog.New(slog.NewTextHandler(&b, nil))), &b
}

func TestOneLineASecondForEachKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, log := collect()
		lines := func() string {
			defer log.Reset()
			return log.String()
		}
		for range 5 {
			n.Tell(Token, "expired", "api", "a1")
			n.Tell(Token, "audience", "api", "a1")
			n.Tell(UnknownApi, "", "host", "h")
		}
		got := lines()
		if strings.Count(got, "level=WARN") != 3 || strings.Count(got, "rule=expired") != 1 || strings.Count(got, "rule=audience") != 1 ||
			!strings.Contains(got, "api=a1") || strings.Contains(got, "left_out") {
			t.Errorf("at first: got\n%s", got)
		}
		time.Sleep(time.Second - 1)
		n.Tell(Token, "expired")
		if got := lines(); got != "" {
			t.Errorf("within the second: got %s", got)
		}
		time.Sleep(time.Nanosecond)
		n.Tell(Token, "expired")
		if got := lines(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "left_out=5") {
			t.Errorf("after the second: got %s, want one line with left_out=5", got)
		}
		time.Sleep(time.Second)
		n.Tell(Token, "expired")
		if got := lines(); !strings.Contains(got, "rule=expired") || strings.Contains(got, "left_out") {
			t.Errorf("after a second of silence: got %s", got)
		}
	})
}

// Rules that clients could make up would fill the memory.
func TestRulesHaveABound(t *testing.T) {
	n, log := collect()
	for i := range 10 * maxRules {
		n.Tell(Token, fmt.Sprint("rule ", i))
	}
	if len(n.lines) > maxRules+1 {
		t.Errorf("%d lines are kept, want at most %d", len(n.lines), maxRules+1)
	}
	if got := strings.Count(log.String(), "\n"); got != maxRules+1 {
		t.Errorf("got %d lines, want %d", got, maxRules+1)
	}
}

func TestShort(t *testing.T) {
	for text, want := range map[string]string{
		"/prod/x?X-Amz-Signature=secret": "/prod/x", "": "", "a\xffb": "a�b",
		strings.Repeat("x", 500): strings.Repeat("x", longest) + "…",
	} {
		if got := Short(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestNobodyIsTold(t *testing.T) {
	var n *Notices
	n.Tell(Token, "expired")
}
