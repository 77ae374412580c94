//go:build race

package http2

import "github.com/dragoman-gateway/dragoman/message"

// poisoned is what whoever uses a request finds after its handler has let go of it.
const poisoned = "POISONED"

// poison puts what can be told from any request into a stream that nobody may use.
func (st *stream) poison() {
	r := &st.request
	r.Method, r.RequestURI, r.Host, r.RemoteAddr = poisoned, poisoned, poisoned, poisoned
	st.url.Path, st.url.RawQuery = poisoned, poisoned
	if r.Header != nil {
		r.Header[poisoned] = []string{poisoned}
	}
	for i := range st.fields[:cap(st.fields)] {
		st.fields[:cap(st.fields)][i] = message.Field{Name: poisoned, Value: poisoned}
	}
}

// cure takes it out again.
func (st *stream) cure() {
	st.url.Path, st.url.RawQuery = "", ""
	clear(st.request.Header)
	clear(st.fields[:cap(st.fields)])
}
