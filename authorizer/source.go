package authorizer

import (
	"fmt"
	"slices"
	"strings"
)

// Place is where an identity source stands.
type Place uint8

// The places.
const (
	Header Place = iota + 1
	Query
	Context
	StageVariable
	Body
)

// Source is one identity source: a value that the client must send before an
// authorizer is asked.
type Source struct {
	Place Place
	Name  string // header name, query name, dotted path in $context or in the body, or stage variable
}

// prefixes of both spellings: HTTP APIs write a dollar sign, WebSocket APIs do not.
var prefixes = [...]struct {
	text  string
	place Place
}{
	{"$request.header.", Header},
	{"$request.querystring.", Query},
	{"$context.", Context},
	{"$stageVariables.", StageVariable},
	{"route.request.header.", Header},
	{"route.request.querystring.", Query},
	{"context.", Context},
	{"stageVariables.", StageVariable},
	// Beyond AWS: what stands in a message, which has neither header nor query.
	{"$request.body.", Body},
	{"route.request.body.", Body},
}

// ParseSource reads an identity source of either protocol:
// "$request.header.Authorization", "route.request.querystring.token",
// "$context.routeKey", "stageVariables.tenant", "route.request.body.token" and so on.
func ParseSource(text string) (Source, error) {
	for _, p := range prefixes {
		if name, ok := strings.CutPrefix(text, p.text); ok && name != "" {
			// Two dots together mean any depth in a JSON path: what a client sends must have one place.
			if p.place == Body && slices.Contains(strings.Split(name, "."), "") {
				break
			}
			return Source{p.place, name}, nil
		}
	}
	return Source{}, fmt.Errorf("%q is no identity source", text)
}

// ParseSources reads a list of identity sources.
func ParseSources(texts []string) ([]Source, error) {
	sources := make([]Source, len(texts))
	for i, text := range texts {
		var err error
		if sources[i], err = ParseSource(text); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

// Values gives the values that sources name; each answers "" for what is not
// there. Header names are matched without regard to case, others exactly.
type Values interface {
	// Header is a field of the request, several of one name joined by commas.
	Header(name string) string
	// Query is a parameter of the query string, decoded.
	Query(name string) string
	// Context is a variable of $context by its path, such as "routeKey" or
	// "identity.sourceIp", as text.
	Context(path string) string
	// StageVariable is a variable of the stage.
	StageVariable(name string) string
	// Body is what stands at a dotted path of a message that is JSON, as text.
	Body(path string) string
}

// Value is the value of the source in v, "" if there is none.
func (s Source) Value(v Values) string {
	switch s.Place {
	case Header:
		return v.Header(s.Name)
	case Query:
		return v.Query(s.Name)
	case Context:
		return v.Context(s.Name)
	case StageVariable:
		return v.StageVariable(s.Name)
	case Body:
		return v.Body(s.Name)
	}
	return ""
}

// Resolve appends the values of all sources, for a Request.
func Resolve(dst []string, sources []Source, v Values) []string {
	for _, s := range sources {
		dst = append(dst, s.Value(v))
	}
	return dst
}
