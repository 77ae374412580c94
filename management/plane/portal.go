package plane

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/management/portal"
	"github.com/dragoman-gateway/dragoman/store"
)

// Portals serves the pages of published portals, at PortalPath.
func Portals(s store.Store, l *slog.Logger) (http.Handler, error) { return portal.New(s, time.Now, l) }

// PortalPath is the path of a portal's pages.
func PortalPath(id string) string { return portal.Prefix + id }
