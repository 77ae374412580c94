package own

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// pictures shows APIs.
type pictures struct {
	*control.Control
	Insight

	mu      sync.Mutex         // Protects checked.
	checked map[string]checked // by region and id of APIs, those of the last answer
}

// checked is what was broken of an API at a revision. Whoever looks asks each second, and
// compiling an API is dear.
type checked struct {
	revision int64
	broken   []health.Broken
}

// stageState is a stage with what it serves, and whether that is all there is.
type stageState struct {
	Name       string `json:"stageName"`
	Deployment string `json:"deploymentId,omitempty"`
	AutoDeploy bool   `json:"autoDeploy"`
	Pending    bool   `json:"pending"` // the configuration has changed since
}

// apiState is an API with how it is doing.
type apiState struct {
	ApiId        string          `json:"apiId"`
	Name         string          `json:"name"`
	ProtocolType string          `json:"protocolType"`
	Endpoint     string          `json:"apiEndpoint"`
	Stages       []stageState    `json:"stages"`
	Broken       []health.Broken `json:"broken"`
	Pulse        health.Pulse    `json:"pulse"`
}

// home answers every API that the caller's key reaches, with how it is doing.
func (p *pictures) home(ctx context.Context, r *wire.Request) (any, error) {
	all, domains := []apiState{}, map[string]bool{}
	err := p.Store.View(ctx, func(reader store.Reader) error {
		named, err := catalog.ListDomainNames(ctx, reader)
		if err != nil {
			return err
		}
		for i := range named {
			domains[named[i].Name] = true
		}
		apis, err := catalog.Apis(r.Region).All(ctx, reader)
		for _, api := range apis {
			// Left out and not refused: a home shows what is the caller's.
			if !r.Reaches(api.ApiId) {
				continue
			}
			state, err := p.state(ctx, reader, r.Region, api)
			if err != nil {
				// Named, since one API that cannot be read hides all others here until somebody mends it.
				return fmt.Errorf("API %s: %w", api.ApiId, err)
			}
			all = append(all, state)
		}
		return err
	})
	// Behind the transaction: it is memory of this process and no part of what is answered.
	p.forget(r.Region, all)
	silent := []string{}
	if err == nil {
		// Behind it too: a node that is silent must hold no transaction up.
		silent, err = p.beat(ctx, all)
	}
	return unanswered(map[string]any{"apis": all, "certificates": p.certificates(r, domains)}, silent), fault.E("own.GetHome", err)
}

// beat tells of APIs how they are doing, at all nodes, and which of those are silent.
func (p *pictures) beat(ctx context.Context, all []apiState) (silent []string, err error) {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ApiId
	}
	// All in one question: a home of hundreds of APIs is looked at each second.
	pulses, silent, err := p.Pulses(ctx, ids)
	for i := range all {
		all[i].Pulse = pulses[all[i].ApiId]
	}
	return silent, err
}

// certificates are those of the caller's custom domains. Domains belong to no API, so that a key which is
// limited to some sees none.
func (p *pictures) certificates(r *wire.Request, domains map[string]bool) []health.Certificate {
	// Never nil: an empty list in JSON and not null.
	found := []health.Certificate{}
	if !r.Reaches("") {
		return found
	}
	for _, c := range p.Certificates() {
		// One that is for no domain is the listener's, and so the gateway's own account's.
		if domains[c.Domain] || c.Domain == "" && r.Account == p.Account {
			found = append(found, c)
		}
	}
	return found
}

func (p *pictures) state(ctx context.Context, reader store.Reader, region string, api *resource.Api) (s apiState, err error) {
	s = apiState{ApiId: api.ApiId, Name: api.Name, ProtocolType: api.ProtocolType}
	if p.Endpoint != nil {
		s.Endpoint = p.Endpoint(region, api.ApiId, api.ProtocolType)
	}
	// Stages before what is broken: an API that cannot be compiled still has stages to show.
	if s.Stages, err = stagesOf(ctx, reader, region, api.ApiId); err != nil {
		return s, err
	}
	s.Broken, err = p.broken(ctx, reader, region, api.ApiId)
	return s, err
}

// broken is what is broken of an API, found out once for each of its versions.
func (p *pictures) broken(ctx context.Context, reader store.Reader, region, id string) ([]health.Broken, error) {
	revision, err := catalog.VersionedAt(ctx, reader, region, id)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	known, ok := p.checked[region+"/"+id]
	p.mu.Unlock()
	if ok && known.revision == revision {
		return known.broken, nil
	}
	snapshot, err := catalog.LoadSnapshot(ctx, reader, region, id)
	if err != nil {
		return nil, err
	}
	// Compiled without the lock: others who look must not wait for a large API. Two who come at
	// once compile it twice, to the same result.
	known = checked{revision, orNone(p.Check(snapshot))}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checked[region+"/"+id] = known
	return known.broken, nil
}

// forget drops what was found out of APIs that are gone, once there are many of those.
func (p *pictures) forget(region string, shown []apiState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// With a hundred to spare: keys that reach few APIs look too, and are not to throw out at once
	// what others have had compiled.
	if len(p.checked) <= 2*len(shown)+100 {
		return
	}
	kept := map[string]checked{}
	for i := range shown {
		at := region + "/" + shown[i].ApiId
		kept[at] = p.checked[at]
	}
	p.checked = kept
}

// stagesOf are the stages of an API.
func stagesOf(ctx context.Context, reader store.Reader, region, id string) ([]stageState, error) {
	all := []stageState{}
	// Each change of the API counts it up, and a deployment remembers where it stood.
	version, err := catalog.Version(ctx, reader, region, id)
	if err != nil {
		return nil, err
	}
	stages, err := catalog.Stages(region, id).All(ctx, reader)
	if err != nil {
		return nil, err
	}
	for _, stage := range stages {
		s := stageState{Name: stage.StageName, Deployment: stage.DeploymentId, AutoDeploy: stage.AutoDeploy != nil && *stage.AutoDeploy}
		// One that cannot be read counts as behind: what it froze cannot be told to be current.
		d, err := catalog.Deployments(region, id).Entry(ctx, reader, stage.DeploymentId)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		s.Pending = err != nil || d.Err != nil || d.Noun.Mark < version
		all = append(all, s)
	}
	return all, nil
}
