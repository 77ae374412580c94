package routing

import (
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
)

// nowhere answers requests for no API. Handlers may call @connections by any host
// that names neither an API nor a custom domain, for the host that they are told may
// be a bare address.
func (h *Handler) nowhere(w http.ResponseWriter, r *http.Request, path string, domain bool) {
	callback := Callback(r.Method, path)
	if domain || !callback || h.Callbacks == nil || strings.HasPrefix(path, byPath) {
		h.noteLost(w, r, path, domain)
	}
	switch {
	case callback && domain:
		// Observed: AWS answers so; below a custom domain the path has no stage.
		refuse(w, http.StatusNotFound, "NotFoundException", "Not Found")
	case callback && h.Callbacks != nil && !strings.HasPrefix(path, byPath):
		v := &Match{Path: path, Client: h.Policy.Client(r)}
		if v.Draft = h.Taps.Draft("", "", time.Time{}); v.Draft != nil {
			h.noteReceived(v.Draft, r, &v.Client)
		}
		h.Callbacks.Callback(w, r, v)
		return
	default:
		// Observed: AWS answers 403 for a path without a stage; unknown API hosts do
		// not even resolve there, so the same answer serves.
		refuse(w, http.StatusForbidden, "ForbiddenException", "Forbidden")
	}
	rule := ""
	if domain {
		rule = "the custom domain has nothing there, or asks for a certificate"
	}
	h.Notices.Tell(notice.UnknownApi, rule, "host", notice.Short(r.Host), "path", notice.Short(path), "method", notice.Short(r.Method))
}

// Callback says whether a request is a call of /{stage}/@connections/{id}, escaped or not, or a
// POST to /{stage}/@connections, which is for many clients.
// Clients may escape the sign or not (RFC 3986, 2.3 and 3.3): both are the same call. So are
// those of an endpoint that ends in a slash, to which clients add another.
func Callback(method, path string) bool {
	stage, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok || stage == "" {
		return false
	}
	word, id, ok := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	return (ok && id != "" || !ok && method == http.MethodPost) && uripath.Unescape(word) == "@connections"
}

// refuse answers in the form of AWS's data planes.
func refuse(w http.ResponseWriter, status int, exception, message string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Errortype", exception)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"message":"` + message + `"}`))
}
