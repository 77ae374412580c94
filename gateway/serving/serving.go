package serving

import (
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Api is what one API serves: its stages by name. It is immutable.
type Api struct {
	ID       string
	Name     string
	Region   string
	Protocol string // resource.WebSocket or resource.HTTP
	Stages   map[string]*Stage
	Broken   error // why an API that is there has nothing to serve
	Damaged  bool  // a stage is Broken
}

// Stage is a stage as it is served: what was compiled of it, with the rooms that work
// for it. A stage that did not change is the same from one deployment to the next.
type Stage struct {
	*plan.Stage
	Admission *admission.Stage
	Audience  *tap.Audience // nil: nobody is told of steps
}

// Plan is what was compiled, nil of no stage.
func (s *Stage) Plan() *plan.Stage {
	if s == nil {
		return nil
	}
	return s.Stage
}
