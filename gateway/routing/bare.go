package routing

import (
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/resource"
)

// bare finds the API that answers at the bare address of this machine, as in
// http://127.0.0.1:8080/pets: of those that Bare names the WebSocket API for
// handshakes, and the HTTP API for all else. nil when none does.
//
// Only names of loopback lead there, so that no host that a client makes up finds an
// API; and nothing that is found otherwise is looked for here: names of APIs, custom
// domains, calls of @connections, and paths of the gateway's own.
func (h *Handler) bare(r *http.Request, path string) *Match {
	if h.Bare == nil || strings.HasPrefix(path, "/_aws/") || strings.HasPrefix(path, "/_dragoman/") || Callback(r.Method, path) ||
		strings.Contains(strings.ToLower(r.Host), ".execute-api.") {
		return nil
	}
	host, ok := peer.ParseAuthority(r.Host)
	// A page elsewhere that has its name resolve to this machine must not find an API by guessing.
	if !ok || !host.Loopback() {
		return nil
	}
	wanted := resource.HTTP
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		wanted = resource.WebSocket
	}
	for _, id := range h.Bare() {
		if api := h.Apis.Api(id); api != nil && api.Protocol == wanted {
			return (&Match{Api: api, Path: path}).only()
		}
	}
	return nil
}

// only gives a request that names no stage the only one that there is. Where there is
// $default, that is the one, as everywhere.
func (v *Match) only() *Match {
	stages := v.Api.Stages
	name, _, _ := strings.Cut(strings.TrimPrefix(v.Path, "/"), "/")
	if stages[resource.DefaultKey] != nil || stages[uripath.Unescape(name)] != nil || len(stages) != 1 {
		return v
	}
	if v.Api.Protocol == resource.WebSocket && name != "" {
		return v // the path of a handshake is its stage, and this is another one
	}
	v.Stage = single(stages)
	return v
}

// single is the stage of an API that has one; callers have counted.
func single(stages map[string]*serving.Stage) *serving.Stage {
	for _, stage := range stages {
		return stage
	}
	return nil
}
