package routing

import (
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
)

// Path is the path of a request as the client wrote it, with those bytes escaped
// that may not stand in a path. It is false for a target that has a fragment:
// no request has one, and a backend would end the path there.
//
// URL.EscapedPath will not do: it escapes the whole path anew where one byte may
// not stand in it, so that %2F becomes a slash.
func Path(r *http.Request) (path string, ok bool) {
	target := r.RequestURI
	if target == "" { // the request was not read from a connection
		return r.URL.EscapedPath(), true
	}
	if target[0] != '/' {
		_, authority, absolute := strings.Cut(target, "://")
		if !absolute {
			return target, true // "*"
		}
		target = ""
		if at := strings.IndexAny(authority, "/?#"); at >= 0 {
			target = authority[at:]
		}
	}
	path, _, _ = strings.Cut(target, "?")
	if strings.IndexByte(path, '#') >= 0 {
		return "", false
	}
	if path == "" {
		path = "/"
	}
	return uripath.Spell(path), true
}

// refusePath answers for a path that could mean one thing to the gateway and
// another to a backend, in the form of HTTP APIs' errors, since its API is not
// known.
func (h *Handler) refusePath(w http.ResponseWriter, r *http.Request) {
	id := exchange.NewRequestID()
	h.Notices.Tell(notice.Path, "", "host", notice.Short(r.Host), "path", notice.Short(r.URL.EscapedPath()), "request", id)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Apigw-Requestid", id)
	w.WriteHeader(http.StatusBadRequest)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(`{"message":"Bad Request"}`))
	}
}
