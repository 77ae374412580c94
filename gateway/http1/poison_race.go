//go:build race

package http1

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/message"
)

// poisoned is what whoever uses a request finds after its handler has let go of it.
const poisoned = "POISONED"

// poison puts what can be told from any request into a roundtrip that nobody may use.
func (x *roundtrip) poison() {
	r := &x.request
	r.Method, r.RequestURI, r.Host, r.RemoteAddr = poisoned, poisoned, poisoned, poisoned
	x.url.Path, x.url.RawQuery = poisoned, poisoned
	if r.Header != nil {
		r.Header[poisoned] = []string{poisoned}
	}
	for i := range x.fields[:cap(x.fields)] {
		x.fields[:cap(x.fields)][i] = message.Field{Name: poisoned, Value: poisoned}
	}
}

// cure takes it out again.
func (x *roundtrip) cure(header http.Header) {
	x.url.Path, x.url.RawQuery = "", ""
	clear(header)
	clear(x.fields[:cap(x.fields)])
}
