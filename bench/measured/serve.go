package measured

import (
	"net"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Serve has a handler answer on a free port of loopback, as backends of what is measured do,
// until stop.
func Serve(h http.Handler) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: h}
	var serving tasks.Group
	serving.Go("a backend", func() { _ = s.Serve(listener) })
	return listener.Addr().String(), func() { _ = s.Close(); serving.Wait() }, nil
}
