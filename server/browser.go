package server

import (
	"io"
	"net/http"
	"strings"
)

// sameSite keeps web pages from a management listener that believes whoever
// reaches it: a page of any site may make a browser on this machine send calls to
// loopback, and a site whose name is made to mean this machine may read the
// answers. Where signatures are verified no page has one, and nothing is asked.
func (s *Server) sameSite(next http.Handler) http.Handler {
	if s.config.Auth != "" {
		return next
	}
	crossing := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if crossing.Check(r) != nil || browser(r) && !loopback(withPort(r.Host)) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"message":"Web pages of other sites may not call the management API"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// browser tells browsers from the clients of the API, which may call this machine
// by any name. Browsers leave the first two headers out where they trust a name
// too little, never the last one.
func browser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" || strings.HasPrefix(r.UserAgent(), "Mozilla/")
}

// withPort gives a Host header the port that goes without saying.
func withPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i < 0 || strings.HasSuffix(host, "]") {
		return host + ":80"
	}
	return host
}
