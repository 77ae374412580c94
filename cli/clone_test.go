package cli

import (
	"bytes"
	"strings"
	"testing"
)

// On a terminal one line tells what is being done, and goes away; elsewhere nothing does.
func TestProgress(t *testing.T) {
	var pipe, terminal bytes.Buffer
	silent := newProgress(&pipe)
	silent.show("reading")
	silent.clear()
	if pipe.Len() > 0 {
		t.Errorf("a pipe got %q", pipe.String())
	}
	p := &progress{to: &terminal}
	p.show(strings.Repeat("long ", 100))
	p.show("too soon after")
	p.clear()
	p.clear()
	if got, want := terminal.String(), "\r\x1b[K"+strings.Repeat("long ", 100)[:78]+"\r\x1b[K"; got != want {
		t.Errorf("a terminal got %q, want %q", got, want)
	}
}
