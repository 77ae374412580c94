package cli

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// queryPath is the part of JMESPath that scripts use most: members, indexes,
// projections over lists, a filter by one equal text, and pipes.
type queryPath []queryStep

// queryStep does one thing to a value. project says that what follows is done to
// each item of the list that it gives.
type queryStep struct {
	member  string
	index   *int
	project bool
	filter  *[2]string // member and text
	pipe    bool       // ends a projection
}

var queryToken = regexp.MustCompile(`^(?:\s*(\|)\s*|\.?([A-Za-z_][A-Za-z0-9_]*)|\.?"([^"]+)"|\[(-?\d+)\]|(\[\]|\[\*\])|\[\?\s*([A-Za-z_][A-Za-z0-9_]*)\s*==\s*['` + "`" + `]"?([^'` + "`" + `"]*)"?['` + "`" + `]\s*\])`)

// parseQuery reads an expression such as Items[?Name=='chat'].ApiId | [0].
func parseQuery(text string) (queryPath, error) {
	var path queryPath
	rest := strings.TrimSpace(text)
	for rest != "" {
		m := queryToken.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("--query %s: not understood at %q", text, rest)
		}
		rest = rest[len(m[0]):]
		switch {
		case m[1] != "":
			path = append(path, queryStep{pipe: true})
		case m[4] != "":
			n, err := strconv.Atoi(m[4])
			if err != nil {
				return nil, fmt.Errorf("--query %s: %w", text, err)
			}
			path = append(path, queryStep{index: &n})
		case m[5] != "":
			path = append(path, queryStep{project: true})
		case m[6] != "":
			path = append(path, queryStep{project: true, filter: &[2]string{m[6], m[7]}})
		default:
			path = append(path, queryStep{member: m[2] + m[3]})
		}
	}
	return path, nil
}

// of evaluates the path; what is not there is nil.
func (p queryPath) of(value any) any {
	for i, step := range p {
		switch {
		case step.pipe:
		case step.project:
			end := i + 1
			for end < len(p) && !p[end].pipe {
				end++
			}
			return p[end:].of(projected(step, p[i+1:end], value))
		case step.index != nil:
			value = at(value, *step.index)
		default:
			value = memberOf(value, step.member)
		}
	}
	return value
}

// projected does the rest of a path to each item; what it finds nothing in is left out.
func projected(step queryStep, rest queryPath, value any) any {
	items, ok := value.([]any)
	if !ok {
		return nil
	}
	out := []any{}
	for _, item := range items {
		if step.filter != nil && memberOf(item, step.filter[0]) != any(step.filter[1]) {
			continue
		}
		if found := rest.of(item); found != nil {
			out = append(out, found)
		}
	}
	return out
}

func at(value any, i int) any {
	items, ok := value.([]any)
	if i < 0 {
		i += len(items)
	}
	if !ok || i < 0 || i >= len(items) {
		return nil
	}
	return items[i]
}

func memberOf(value any, name string) any {
	members, _ := value.(object)
	for _, p := range members {
		if p.name == name {
			return p.value
		}
	}
	return nil
}
