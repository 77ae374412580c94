package resource

import (
	"regexp"
	"slices"
	"strings"
)

// Observed: AWS refuses other parts with a text that quotes this expression.
const partPattern = `^(\{[\w.:-]+\+?\}|[a-zA-Z0-9.:_-]+)$`

var (
	part    = regexp.MustCompile(partPattern)
	methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"}
)

// SplitRouteKey takes "GET /pets/{id}" apart; ok is false for $default and for keys of another form.
func SplitRouteKey(key string) (method, path string, ok bool) {
	method, path, ok = strings.Cut(key, " ")
	if !ok || !slices.Contains(methods, method) || !strings.HasPrefix(path, "/") {
		return "", "", false
	}
	return method, path, true
}

// RouteKeyShape is the key without the names of its variables: two HTTP routes of
// one shape would serve the same requests, so AWS refuses the second. Keys
// without variables are their own shape.
func RouteKeyShape(key string) string {
	method, path, ok := SplitRouteKey(key)
	if !ok {
		return key
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		switch {
		case strings.HasPrefix(p, "{") && strings.HasSuffix(p, "+}"):
			parts[i] = "{+}"
		case strings.HasPrefix(p, "{"):
			parts[i] = "{}"
		}
	}
	return method + " " + strings.Join(parts, "/")
}

// ValidateRouteKey holds a route key to the syntax of the protocol.
//
// Documented: API Gateway Developer Guide, Create routes for WebSocket APIs: keys
// are any text, but of those that begin with $ there are three. Create routes for
// HTTP APIs: keys are $default or a method and a path.
func ValidateRouteKey(protocol, key string) error {
	if key == "" {
		return bad("Route key is required")
	}
	if protocol == WebSocket {
		if key[0] == '$' && key != ConnectKey && key != DisconnectKey && key != DefaultKey {
			return bad("The provided route key is not formatted properly")
		}
		return nil
	}
	if key == DefaultKey {
		return nil
	}
	_, path, ok := SplitRouteKey(key)
	if !ok {
		return bad(`The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"`)
	}
	if path == "/" {
		return nil
	}
	return validatePath(path[1:])
}

func validatePath(path string) error {
	parts := strings.Split(path, "/")
	seen := map[string]bool{}
	for i, p := range parts {
		if !part.MatchString(p) {
			return bad("One or more path parts appear to be invalid. Parts are validated against this regular expression: %s", partPattern)
		}
		if p[0] != '{' {
			continue
		}
		// Documented: API Gateway Developer Guide, Create routes for HTTP APIs: a
		// greedy variable stands for all that follows.
		if strings.HasSuffix(p, "+}") && i < len(parts)-1 {
			return bad("The greedy path variable %s is only allowed as the last part of a route key", p)
		}
		name := strings.TrimSuffix(p[1:len(p)-1], "+")
		if seen[name] {
			return bad("The path variable %s appears twice in the route key", name)
		}
		seen[name] = true
	}
	return nil
}
