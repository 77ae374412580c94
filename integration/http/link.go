package http

import (
	"errors"
	"io"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

var errNoLinks = errors.New("no VPC link is mapped to targets")

// blames says whether a failure counts against the target that it happened at.
// That a client went away, or that there was no memory, says nothing of a target.
func blames(err error) bool {
	return errors.Is(err, message.ErrUnreachable) || errors.Is(err, message.ErrTimeout)
}

// released gives a target back when the body of its reply is closed.
type released struct {
	io.ReadCloser
	target integration.Target
	failed bool
	closed bool
}

// A target that breaks off within a body has failed as much as one that does not
// answer.
func (r *released) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF && blames(err) {
		r.failed = true
	}
	return n, err
}

func (r *released) Close() error {
	if !r.closed {
		r.closed = true
		defer func() { r.target.Release(r.failed) }()
	}
	return r.ReadCloser.Close()
}
