package stranger

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/uuid"
)

// Strangers are who must not call a management listener that believes whoever
// reaches it. A page of any site may make a browser on this machine send calls to
// loopback, with any header; a site whose name is made to mean this machine may even
// read the answers; and a proxy passes on what others send. What none of them can
// choose is the Host, which a browser takes from the page's address.
type Strangers struct {
	names   []string // of the listener, beside those of loopback
	origins []string // of pages that may call
	anyone  bool     // any name will do that no site elsewhere can have
	proven  func(*http.Request) bool
	notices *notice.Notices
}

// New makes the strangers of a listener that is called names beside those of loopback,
// and that pages of some origins may call; both have been validated. proven says
// whether the signature of a call is verified there, which no stranger has; nil: that of
// none is.
func New(names, origins []string, proven func(*http.Request) bool, notices *notice.Notices) *Strangers {
	if proven == nil {
		proven = func(*http.Request) bool { return false }
	}
	found := &Strangers{proven: proven, notices: notices}
	for _, name := range names {
		if a, ok := peer.ParseAuthority(name); ok {
			found.names = append(found.names, a.Name)
		}
	}
	for _, origin := range origins {
		if o, ok := peer.ParseOrigin(strings.TrimSuffix(origin, "/")); ok {
			found.origins = append(found.origins, o)
		}
	}
	return found
}

// Anyone lets whoever reaches the listener call it, by any name that no site elsewhere can
// have: the operator has said so. Pages of other sites and proxies are still kept out.
func (s *Strangers) Anyone() { s.anyone = true }

// KeptOut keeps strangers from next. Health checks may come by any name.
func (s *Strangers) KeptOut(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			next.ServeHTTP(w, r)
			return
		}
		allowed := s.allowed(r)
		if !s.let(r, allowed) {
			refuseStranger(w)
			return
		}
		if allowed != "" && share(w, r, allowed) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// let says whether a request may come to those who judge it further. A signature that is
// verified is proof enough for AWS's API, which pages sign calls of too; our own
// operations and the console are for pages of this listener, even so.
func (s *Strangers) let(r *http.Request, allowed string) bool {
	if !s.proven(r) {
		return s.known(r, allowed)
	}
	if !ours(r.URL.Path) || allowed != "" || ownHost(r) {
		return true
	}
	s.tellPage(r)
	return false
}

// ours says whether a path is one of our own operations' or of the console's.
func ours(path string) bool {
	return strings.HasPrefix(path, "/_dragoman/") || strings.HasPrefix(path, "/console/")
}

// tellPage tells the operator of a page that may not call.
func (s *Strangers) tellPage(r *http.Request) {
	s.notices.Tell(notice.Page, "", "host", notice.Short(r.Host), "path", notice.Short(r.URL.Path), "origin", notice.Short(r.Header.Get("Origin")), "hint", "give --management-origin URL if the page may call")
}

// known says whether a request can be believed to be of this machine's own programs
// or of pages that may call. The operator is told of all others.
func (s *Strangers) known(r *http.Request, allowed string) bool {
	host, ok := peer.ParseAuthority(r.Host)
	named := ok && slices.Contains(s.names, host.Name)
	if !named && !(ok && (host.Loopback() || s.anyone && host.Unregistered())) {
		s.notices.Tell(notice.ManagementHost, "", about(r, "give --management-name NAME if it is one of this gateway")...)
		return false
	}
	// An operator who names a proxy means that it passes calls on.
	if why := peer.Relayed(r); why != "" && !named {
		s.notices.Tell(notice.ManagementProxy, why, about(r, "a proxy in front needs --auth sigv4, or --management-name NAME of its own")...)
		return false
	}
	if allowed == "" && !ownPage(r) {
		s.tellPage(r)
		return false
	}
	return true
}

// about is what the operator is told of a call that is kept out.
func about(r *http.Request, hint string) []any {
	return []any{"host", notice.Short(r.Host), "path", notice.Short(r.URL.Path), "hint", hint}
}

// allowed is the origin of a page of another origin that may call, "" for none.
func (s *Strangers) allowed(r *http.Request) string {
	lines := r.Header["Origin"]
	if len(lines) != 1 {
		return ""
	}
	if o, ok := peer.ParseOrigin(lines[0]); ok && slices.Contains(s.origins, o) {
		return lines[0]
	}
	return ""
}

// ownPage says whether a request says of itself that it comes from no page, or from
// one of this listener. Older browsers send no Sec-Fetch-Site, and browsers send no
// Origin where nothing is changed.
func ownPage(r *http.Request) bool {
	if len(r.Header["Origin"]) == 0 {
		return ownSite(r)
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	own, ok := peer.ParseOrigin(scheme + r.Host)
	for _, line := range r.Header["Origin"] {
		if origin, known := peer.ParseOrigin(line); !ok || !known || origin != own {
			return false
		}
	}
	return ownSite(r)
}

// ownHost says whether a request comes from no page, or from one under the same host. A
// proxy in front may have taken TLS away, so that the scheme is not compared.
func ownHost(r *http.Request) bool {
	for _, line := range r.Header["Origin"] {
		scheme, _, _ := strings.Cut(line, "://")
		origin, known := peer.ParseOrigin(line)
		own, ok := peer.ParseOrigin(scheme + "://" + r.Host)
		if !ok || !known || origin != own {
			return false
		}
	}
	return ownSite(r)
}

// ownSite says whether what a browser says of the page behind a request is that there is
// none, or one of the same origin.
func ownSite(r *http.Request) bool {
	for _, site := range r.Header["Sec-Fetch-Site"] {
		if site != "same-origin" && site != "none" {
			return false
		}
	}
	return true
}

// share lets the page of an origin that may call read the answer. It says whether
// the request only asked for that, and is answered.
func share(w http.ResponseWriter, r *http.Request, origin string) bool {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "x-amzn-requestid, x-amzn-errortype")
	h.Set("Vary", "Origin")
	if r.Method != http.MethodOptions || r.Header["Access-Control-Request-Method"] == nil {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	if r.Header["Access-Control-Request-Private-Network"] != nil {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// refuseStranger answers in the form of the management API, and tells nothing.
func refuseStranger(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Errortype", "AccessDeniedException")
	h.Set("X-Amzn-Requestid", uuid.New())
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, `{"message":"Web pages of other sites may not call the management API, nor may names that are not this gateway's"}`)
}
