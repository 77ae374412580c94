//go:build !race

package http1

import "net/http"

// poison is for the race detector's builds.
func (x *roundtrip) poison() {}

func (x *roundtrip) cure(http.Header) {}
