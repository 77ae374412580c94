package http2

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	spechttp2 "github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// h2spec asks for what RFC 7540 and 7541 say, frame by frame, its strict cases too.
func TestConformance(t *testing.T) {
	s := &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // or the answer might be there before what is wrong with the request
		if err == nil {
			fmt.Fprintf(w, "%s of %d bytes", r.Method, len(body))
		}
	})}
	address, _ := listenAndServe(t, s, false)
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	asked := 0
	for _, group := range []*spec.TestGroup{generic.Spec(), spechttp2.Spec(), hpack.Spec()} {
		group.Test(&config.Config{Host: "127.0.0.1", Port: n, Path: "/", Timeout: 5 * time.Second, MaxHeaderLen: 4000, Strict: true})
		asked += group.PassedCount
		failures(t, group)
	}
	if asked < 140 {
		t.Errorf("%d cases passed, want at least 140", asked)
	}
}

func failures(t *testing.T, group *spec.TestGroup) {
	t.Helper()
	for _, c := range append(group.Tests, group.StrictTests...) {
		if r := c.Result; r != nil && (r.Failed || r.Skipped) {
			t.Errorf("%s %s: %s: failed %v, skipped %v: %v", group.ID(), group.Name, c.Desc, r.Failed, r.Skipped, r.Error)
		}
	}
	for _, g := range group.Groups {
		failures(t, g)
	}
}
