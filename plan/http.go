package plan

// HTTPRoute is one route of an HTTP API.
type HTTPRoute struct {
	ID        string
	Key       string
	variables []string // names of the path's variables, in order
}
