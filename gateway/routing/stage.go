package routing

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/resource"
)

// named takes the name $default off an address by path, which names its stage as
// others do: /_aws/execute-api/{api}/$default/pets. What follows is not looked
// through for another stage.
func (v *Match) named() *Match {
	name, rest, _ := strings.Cut(strings.TrimPrefix(v.Path, "/"), "/")
	if uripath.Unescape(name) != resource.DefaultKey {
		return v
	}
	if stage := v.Api.Stages[resource.DefaultKey]; stage != nil {
		v.Stage, v.Path = stage, "/"+rest
	}
	return v
}
