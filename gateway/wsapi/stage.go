package wsapi

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/resource"
)

// locate finds the stage of a visit and what of its path follows it. The first
// segment names the stage; without one it is $default, which is served at its name
// too. Any other first segment is no stage, whether there is $default or not.
//
// Assumed: AWS makes such stages, where it serves them is not known.
func locate(v *routing.Match) (stage *serving.Stage, rest string) {
	if v.Mapped || v.Stage != nil {
		return v.Stage, v.Path
	}
	path := strings.TrimPrefix(v.Path, "/")
	name, after, _ := strings.Cut(path, "/")
	if _, callback := connectionPath(v.Path); path == "" || callback {
		return v.Api.Stages[resource.DefaultKey], v.Path
	}
	return v.Api.Stages[uripath.Unescape(name)], "/" + after
}
