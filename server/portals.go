package server

import (
	"net"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/management/portal"
)

// portals serves the pages of published portals on the data listener.
func (s *Server) portals() (http.Handler, error) { return portal.New(s.store, time.Now, s.logger) }

// portalURL is where a portal is published, by the one name of this machine that
// every browser knows.
func (s *Server) portalURL(id string) string {
	return "http://" + net.JoinHostPort("localhost", s.dataPort()) + portal.Prefix + id
}
