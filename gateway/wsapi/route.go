package wsapi

import "github.com/dragoman-gateway/dragoman/plan"

// chooseRoute finds the route of a message, or nil when none matches.
//
// A message that is not JSON goes to $default, and so does one whose key has no
// route of its own. Assumed: a message cannot select $connect or $disconnect.
// Documented: API Gateway Developer Guide, Create routes for WebSocket APIs.
func chooseRoute(routes *plan.WebSocket, m *call) *plan.Route {
	if routes.Select == nil {
		return routes.Default
	}
	key, err := routes.Select.Append(m.key[:0], m)
	m.key = key
	if err != nil { // not JSON, or a path that leads nowhere
		return routes.Default
	}
	if route := routes.Custom[string(key)]; route != nil {
		return route
	}
	return routes.Default
}
