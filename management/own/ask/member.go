package ask

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The shapes that members of our own operations have. Those of AWS's operations come from
// its model, which has none of these.
var (
	Text    = &wire.Shape{Name: "String", Type: wire.String}
	Texts   = &wire.Shape{Name: "Strings", Type: wire.List, Elem: Text}
	Named   = &wire.Shape{Name: "Values", Type: wire.Map, Elem: Text}
	Boolean = &wire.Shape{Name: "Boolean", Type: wire.Boolean}
	Blob    = &wire.Shape{Name: "Blob", Type: wire.Blob}
)

// Query are text members of the query.
func Query(names ...string) []wire.Member {
	members := make([]wire.Member, len(names))
	for i, name := range names {
		members[i] = wire.Member{Name: upper(name), Wire: name, In: wire.InQuery, Shape: Text}
	}
	return members
}

// Body is a member of the body; one that is required is refused where it is not sent.
func Body(name string, shape *wire.Shape, required bool) wire.Member {
	return wire.Member{Name: upper(name), Wire: name, In: wire.InBody, Shape: shape, Required: required}
}

// Path is a member of the path.
func Path(name string) wire.Member {
	return wire.Member{Name: upper(name), Wire: name, In: wire.InPath, Shape: Text, Required: true}
}

// Members of the V2 API have names in Go's manner beside those on the wire.
func upper(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// How many items a list has, unless another number is asked for, and at most.
const (
	Usual = 100
	Most  = 1000
)

// Limit is how many items a list is asked for.
func Limit(r *wire.Request, usual, most int) (int, error) {
	asked := r.String("limit")
	if asked == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 || n > most {
		return 0, fault.New(fault.BadRequest, "limit: %q is no number from 1 to %d", asked, most)
	}
	return n, nil
}
