package routing

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/record"
)

// Match is a request that has found its API.
type Match struct {
	Api    *serving.Api
	Path   string // what follows the API's own address, escaped, beginning with "/" (or empty)
	Domain string // the host as $context.domainName shows it, see Handler.tell
	// Stage is set when a custom domain has chosen it already, and BasePath is then
	// the mapping key that was stripped from Path, or when an address by path names
	// $default, or when a bare address names none and there is one alone.
	Stage    *serving.Stage
	Mapped   bool
	BasePath string
	Rule     string // id of the routing rule that matched
	ByPath   bool   // the path named the API, so that its host may be any
	// Unclear says that another reading of the path belongs to another target of
	// the custom domain. Such a request is refused.
	Unclear bool

	Client peer.Client // who asks

	// Draft is the record that the request is to leave, nil for none. Whoever answers the
	// request ends it.
	Draft *record.Draft

	ClientCert *exchange.ClientCert // under mutual TLS
}

// matches are those that nobody has.
var matches = sync.Pool{New: func() any { return new(Match) }}

// match makes the Match of a request with an API.
func match(api *serving.Api, path string) *Match {
	v := matches.Get().(*Match)
	v.Api, v.Path = api, path
	return v
}

// Free has another request use a Match that nobody has any more.
func (v *Match) Free() {
	*v = Match{}
	matches.Put(v)
}

// Plane serves the requests of one protocol.
type Plane interface {
	// Serve answers a request of an API of its protocol, which v names.
	Serve(w http.ResponseWriter, r *http.Request, v *Match)
}

// Callbacks serves calls of @connections whose host names no API.
type Callbacks interface {
	// Callback answers a call of /{stage}/@connections/{id}, which is v.Path; v has
	// no API.
	Callback(w http.ResponseWriter, r *http.Request, v *Match)
}

// Apis finds what is served; all answers are immutable. *deployed.Apis is one.
type Apis interface {
	Api(id string) *serving.Api // nil when there is none
}

// Domains routes custom domains; nil means there are none.
type Domains interface {
	// Route finds the visit for a host that is a custom domain. The second result
	// says whether the host is one, the third whether something is mapped there.
	Route(host string, r *http.Request) (v *Match, known, mapped bool)
}

// Handler is the http.Handler of a data listener.
type Handler struct {
	Policy    *peer.Policy // what is believed there
	Apis      Apis
	Domains   Domains
	WebSocket Plane
	HTTP      Plane
	Callbacks Callbacks // nil: hosts that name no API have none
	// Bare are the ids of APIs that also answer under names of loopback that name no
	// API; of each protocol the first one that is there. nil: none does.
	Bare    func() []string
	Portals http.Handler  // serves /_dragoman/portals/; nil: 404
	Port    func() string // the data listener's port, for addresses by path
	// DomainName words what handlers are told of the host that a client has used; nil
	// tells them of that host, as far as it is believed.
	DomainName func(api *serving.Api) string
	// Endpoint is the host of an API's address as the operator words it, which handlers are told
	// where the client's is not believed; "", and nil, for a name of this machine.
	Endpoint func(api *serving.Api) string
	Notices  *notice.Notices // are told of who is refused; nil: nobody is
	Taps     *tap.Hub        // begins records; nil: there are none
	// AllowDots lets paths with dot segments pass, as they are.
	AllowDots bool
}

const byPath = "/_aws/execute-api/"

// ServeHTTP finds the API and passes the request on.
//
// Paths with dot segments are refused before anything is chosen by them: a backend
// resolves them, a gateway cannot, and what the two mean would differ.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := Path(r)
	if !ok || !h.AllowDots && uripath.Dotted(path) {
		h.noteNowhere(w, r, http.StatusBadRequest, "the path has dot segments or cannot be read: "+notice.Short(r.URL.EscapedPath()))
		h.refusePath(w, r)
		return
	}
	if !h.may(r, path) {
		refuse(w, http.StatusForbidden, "ForbiddenException", "Forbidden")
		return
	}
	if strings.HasPrefix(path, "/_dragoman/") && h.Portals != nil {
		h.Portals.ServeHTTP(w, r)
		return
	}
	v, domain := h.find(r, path)
	if v == nil && !domain {
		v = h.bare(r, path)
	}
	if v == nil {
		h.nowhere(w, r, path, domain)
		return
	}
	switch {
	case v.Unclear:
		h.noteNowhere(w, r, http.StatusBadRequest, "the path can be read in two ways that belong to different targets of the custom domain")
		h.refusePath(w, r)
		return
	case v.broken():
		h.noteBroken(w, r, v)
		fail(w)
		return
	}
	v.Client = h.Policy.Client(r)
	h.tell(r, v)
	if v.Draft = h.Taps.Draft(v.Api.ID, v.Api.Name, time.Time{}); v.Draft != nil {
		h.noteFound(r, v)
	}
	// The API's protocol decides and not what the client asks for: each plane refuses in its own words
	// what the other one would serve.
	if v.Api.Protocol == "WEBSOCKET" {
		h.WebSocket.Serve(w, r, v)
		return
	}
	h.HTTP.Serve(w, r, v)
}

// broken says that the API of the request exists and cannot be served as it is
// stored.
func (v *Match) broken() bool {
	if v.Api.Broken != nil || !v.Api.Damaged {
		return v.Api.Broken != nil
	}
	stage := v.Stage
	if !v.Mapped && stage == nil {
		name, _, _ := strings.Cut(strings.TrimPrefix(v.Path, "/"), "/")
		if stage = v.Api.Stages[uripath.Unescape(name)]; stage == nil {
			stage = v.Api.Stages["$default"]
		}
	}
	return stage != nil && stage.Broken != nil
}

// fail answers for what is broken; the log and /readyz say why.
// Its client can do nothing about it, and learns nothing of it.
func fail(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write([]byte(`{"message":"Internal Server Error"}`))
}

// find finds the API of a request, nil when there is none. domain says that its
// host is a custom domain.
func (h *Handler) find(r *http.Request, path string) (v *Match, domain bool) {
	if rest, ok := strings.CutPrefix(path, byPath); ok {
		id, rest, _ := strings.Cut(rest, "/")
		if api := h.Apis.Api(uripath.Unescape(id)); api != nil {
			v := match(api, "/"+rest)
			v.ByPath = true
			return v.named(), false
		}
		return nil, false
	}
	// Host names have no case; ids are lower case.
	if id, _, ok := strings.Cut(strings.ToLower(r.Host), ".execute-api."); ok && id != "" && !strings.Contains(id, ".") {
		if api := h.Apis.Api(id); api != nil {
			return match(api, path), false
		}
		return nil, false
	}
	if h.Domains == nil {
		return nil, false
	}
	v, known, mapped := h.Domains.Route(hostname(r.Host), r)
	if !known || !mapped {
		return nil, known
	}
	return v, true
}

// hostname is the name without its port, in the form that names are kept in. A final dot makes
// no other name.
// Documented: RFC 1034, section 3.1.
func hostname(host string) string {
	if strings.IndexByte(host, ':') >= 0 { // or else package net would make an error
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
