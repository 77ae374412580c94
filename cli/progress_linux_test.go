package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Whoever sits at a terminal is told that work goes on which takes longer than a second, and the
// line is gone when it is done.
func TestWorkIsToldAtATerminal(t *testing.T) {
	slow := make(chan struct{})
	asked := make(chan struct{}, 1)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-slow
		_, _ = io.WriteString(w, "dragoman: 1\nregions: {}\n")
	}))
	defer gateway.Close()
	p := sitsDown(t, nil, "export", "--endpoint-url", gateway.URL, "--no-sign-request")
	<-asked
	p.sees("] exporting, 1 s")
	p.sees("] exporting, 2 s")
	close(slow)
	p.sees("\x1b[Kdragoman: 1")
	if code := p.leaves(); code != 0 {
		t.Errorf("exit status %d", code)
	}

	// What is quick prints as ever.
	p = sitsDown(t, nil, "export", "--endpoint-url", gateway.URL, "--no-sign-request")
	p.sees("dragoman: 1")
	if code := p.leaves(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}
