package deployed

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/tenant"
)

// loading is one API on its way to be served.
type loading struct {
	apis     *Apis
	r        store.Reader
	at       place
	api      catalog.Entry[resource.Api]
	before   *served // nil: it was not served
	next     *served // nil: it is not there
	quiet    bool    // what does not work was told when it was deployed
	troubles map[trouble]string
	warned   map[string]bool // deployments whose faults were told
}

// stage makes the plan of a stage, or keeps the one that is served. A stage that did not
// change keeps its pointer, and with it all that works for it: what is not compiled
// again costs nothing however many stages an API has.
func (n *loading) stage(ctx context.Context, e catalog.Entry[resource.Stage]) error {
	if e.Err != nil {
		n.broken(e.Name, e.Err)
		return nil
	}
	from, frozen, err := n.source(ctx, e)
	if errors.Is(err, store.ErrDamaged) {
		n.broken(e.Name, err)
		return nil
	}
	if err != nil {
		return err
	}
	previous := n.previous(e.Name)
	if previous != nil && n.before.sources[e.Name] == from {
		n.serve(e.Name, previous, from)
		return nil
	}
	snapshot, err := n.snapshot(e.Noun, from, frozen)
	if err != nil {
		n.broken(e.Name, err)
		return nil
	}
	var made *serving.Stage
	// A compiler that panics breaks this stage alone.
	if err := n.apis.config.Reports.Do("compiling a stage", func() { made = n.make(n.compile(e.Noun, snapshot)) }); err != nil {
		n.broken(e.Name, err)
		return nil
	}
	n.warn(made, previous)
	n.serve(e.Name, made, from)
	return nil
}

// source finds what a stage is made of. One that has no deployment, or one that is
// gone, serves its API without routes.
func (n *loading) source(ctx context.Context, e catalog.Entry[resource.Stage]) (from source, frozen *catalog.Frozen, err error) {
	from = source{e.Revision, n.api.Revision}
	if e.Noun.DeploymentId == "" {
		return from, nil, nil
	}
	found, err := catalog.LoadFrozen(ctx, n.r, n.at.region, n.at.api, e.Noun.DeploymentId)
	if errors.Is(err, store.ErrNotFound) {
		return from, nil, nil
	}
	from.configuration = found.Revision()
	return from, &found, err
}

// snapshot is the configuration that a stage serves: that of a plan that serves the
// same one, the one that management froze a moment ago, or what is stored.
func (n *loading) snapshot(stage *resource.Stage, from source, frozen *catalog.Frozen) (*resource.Snapshot, error) {
	if frozen == nil {
		return &resource.Snapshot{Api: *n.api.Noun}, nil
	}
	// Stages that serve one deployment share its configuration, which is unzipped once.
	for _, s := range []*served{n.next, n.before} {
		if s == nil {
			continue
		}
		for name, known := range s.api.Stages {
			if known.DeploymentID == stage.DeploymentId && s.sources[name].configuration == from.configuration && known.Snapshot != nil {
				return known.Snapshot, nil
			}
		}
	}
	if snapshot := n.apis.takeOffer(n.at.api, stage.DeploymentId); snapshot != nil {
		return snapshot, nil
	}
	return frozen.Thaw()
}

// compile hands on what is compiled already: the stage as it was, and its siblings. Parts
// are known by their text, so that of 300 routes the one that changed is compiled.
func (n *loading) compile(stage *resource.Stage, snapshot *resource.Snapshot) *plan.Stage {
	var known []*plan.Stage
	if previous := n.previous(stage.StageName); previous != nil {
		known = append(known, previous.Stage)
	}
	for _, s := range []*served{n.next, n.before} {
		if s == nil {
			continue
		}
		for _, sibling := range s.api.Stages {
			known = append(known, sibling.Stage)
		}
	}
	region, account := tenant.Split(n.at.region, n.apis.config.Account)
	return n.apis.config.Compile(plan.Input{
		Region: region, AccountID: account, Stage: stage, Snapshot: snapshot,
	}, known...)
}

// make makes what is served of a plan: everything that works for it, so that no request
// makes any of it.
func (n *loading) make(s *plan.Stage) *serving.Stage {
	// Those who make rules and audiences are asked by one at a time, whoever loads.
	n.apis.making.Lock()
	defer n.apis.making.Unlock()
	rules := n.apis.config.Rules
	if rules == nil {
		rules = new(admission.Rules)
	}
	return &serving.Stage{Stage: s, Admission: rules.Stage(s), Audience: n.apis.config.Taps.Stage(s)}
}

// previous is the stage as it is served now, nil where it is not.
func (n *loading) previous(name string) *serving.Stage {
	if n.before == nil {
		return nil
	}
	return n.before.api.Stages[name]
}

// serve has the API serve a stage once it is swapped in; from tells when it need not be
// made again.
func (n *loading) serve(name string, s *serving.Stage, from source) {
	n.next.api.Stages[name] = s
	n.next.sources[name] = from
}

// broken keeps what a stage serves, for a reason; one that serves nothing yet
// answers that it is broken. Its source is unknown, so it is read again next time.
func (n *loading) broken(name string, why error) {
	n.troubles[trouble{api: n.at.api, stage: name}] = why.Error()
	kept := n.previous(name)
	if kept == nil {
		region, account := tenant.Split(n.at.region, n.apis.config.Account)
		kept = &serving.Stage{Stage: &plan.Stage{Region: region, AccountID: account, ApiID: n.at.api, Name: name, Protocol: n.next.api.Protocol, Broken: why}}
	}
	n.next.api.Damaged = n.next.api.Damaged || kept.Broken != nil
	n.serve(name, kept, source{})
}

// warn tells of a deployment that comes to be served what of it does not work, once and
// not at each start: it was told when it was deployed.
func (n *loading) warn(s, previous *serving.Stage) {
	if n.quiet || n.apis.applied.Load() == 0 || s.DeploymentID == "" || previous != nil && previous.DeploymentID == s.DeploymentID || n.warned[s.DeploymentID] {
		return
	}
	if n.warned == nil {
		n.warned = map[string]bool{}
	}
	n.warned[s.DeploymentID] = true
	for _, w := range s.Warnings() {
		n.apis.config.Logger.Warn("deployed with a part that does not work", "api", w.API, "in", w.Integration, "key", w.Key,
			"line", w.Line, "column", w.Column, "message", w.Message)
	}
}
