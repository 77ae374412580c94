package own

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Where an API is shown whole, and all of them with how they are doing.
const (
	PicturePath = ApisPath + "/{apiId}/picture"
	HomePath    = "/_dragoman/home"
)

// Insight is what those who serve know: what of a configuration is broken, and how an API
// is doing. Nil functions know nothing.
type Insight struct {
	Check func(*resource.Snapshot) []health.Broken
	// Pulses answers how APIs are doing at all nodes, by their ids. silent are the nodes that gave
	// no answer in time.
	Pulses func(ctx context.Context, apis []string) (all map[string]health.Pulse, silent []string, err error)
	// Certificates are those of custom domains.
	Certificates func() []health.Certificate
}

// Pictures are the operations that show APIs whole.
func Pictures(c *control.Control, i Insight) []wire.Row {
	// A management API without a data plane shows the same, but for what only that can know.
	if i.Check == nil {
		i.Check = func(*resource.Snapshot) []health.Broken { return nil }
	}
	if i.Pulses == nil {
		i.Pulses = func(context.Context, []string) (map[string]health.Pulse, []string, error) { return nil, nil, nil }
	}
	if i.Certificates == nil {
		i.Certificates = func() []health.Certificate { return nil }
	}
	p := &pictures{Control: c, Insight: i, checked: map[string]checked{}}
	return []wire.Row{
		{Handle: p.picture, Operation: &wire.Operation{Name: "GetPicture", Method: "GET", Path: PicturePath, Status: 200, Input: []wire.Member{
			{Name: "ApiId", Wire: "apiId", In: wire.InPath, Shape: ask.Text, Required: true},
			{Name: "Stage", Wire: "stage", In: wire.InQuery, Shape: ask.Text},
		}}},
		{Handle: p.home, Operation: &wire.Operation{Name: "GetHome", Method: "GET", Path: HomePath, Status: 200, Shared: true}},
	}
}

// picture is an API as it is configured, or as a stage serves it.
type picture struct {
	*resource.Snapshot
	Stages     []stageState    `json:"stages"`
	Stage      string          `json:"stage,omitempty"`
	Deployment string          `json:"deploymentId,omitempty"`
	Broken     []health.Broken `json:"broken"`
	Pulse      health.Pulse    `json:"pulse"`
	Silent     []string        `json:"silent,omitempty"` // nodes of which the pulse has nothing
}

// picture answers all that an API consists of in one piece, so that what refers to each
// other is of one moment.
func (p *pictures) picture(ctx context.Context, r *wire.Request) (any, error) {
	const op = "own.GetPicture"
	id, name := r.Path["apiId"], r.String("stage")
	shown := &picture{Stage: name}
	err := p.Store.View(ctx, func(reader store.Reader) (err error) {
		if shown.Snapshot, err = catalog.LoadSnapshot(ctx, reader, r.Region, id); err != nil {
			return err
		}
		// Without a stage it is the configuration as it is now, which nobody may serve yet.
		if shown.Stages, err = stagesOf(ctx, reader, r.Region, id); err != nil || name == "" {
			return err
		}
		return shown.serve(ctx, reader, r.Region)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.E(op, fault.New(fault.NotFound, "Invalid API identifier specified %s:%s", r.Account, id))
	}
	if err != nil {
		return nil, fault.E(op, err)
	}
	// Outside of the transaction: compiling a large API would hold up readers of the same moment.
	shown.Broken = orNone(p.Check(shown.Snapshot))
	pulses, silent, err := p.Pulses(ctx, []string{id})
	shown.Pulse, shown.Silent = pulses[id], silent
	return shown, fault.E(op, err)
}

// serve makes the picture one of what its stage serves.
func (p *picture) serve(ctx context.Context, reader store.Reader, region string) error {
	for i := range p.Stages {
		if p.Stages[i].Name == p.Stage {
			p.Deployment = p.Stages[i].Deployment
			// Not found would be wrong: the stage is there, and serves nothing.
			if p.Deployment == "" {
				return fault.New(fault.BadRequest, "Nothing is deployed to stage %s", p.Stage)
			}
			// What the deployment froze, and not what became of the API since: that is what clients meet.
			served, err := catalog.LoadDeployment(ctx, reader, region, p.Api.ApiId, p.Deployment)
			if err == nil {
				p.Snapshot = served
			}
			return err
		}
	}
	return fault.New(fault.NotFound, "Invalid stage identifier specified")
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
