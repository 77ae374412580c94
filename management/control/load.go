package control

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/blame"
	"github.com/dragoman-gateway/dragoman/management/control/deploy"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Loader puts whole resources, ids and dates included, into a transaction, and
// holds them to the rules that calls are held to. What something refers to must be
// put before it: links, APIs, stages, domains; keys, plans; products, portals.
//
// What it puts depends on nothing but what it is given, so that the same
// configuration makes the same documents each time.
type Loader struct {
	c      *Control
	t      *family.Change
	report func(error) // takes errors of the rules; nil ends with the first
}

// Loader puts into a transaction what belongs to a region and account.
func (c *Control) Loader(tx store.Tx, region, account string) *Loader {
	// The members that checks look for in the request of a call. Models are not
	// among them: one that is used may be deleted, so what names it may be stored.
	body := map[string]json.RawMessage{"target": nil}
	r := &wire.Request{Region: region, Account: account, Body: body, Path: map[string]string{}}
	return &Loader{c: c, t: c.plane.Change(tx, r)}
}

// Collect hands all errors of the rules to report, where the first would end the
// loading: an author wants to see them at once. What is wrong is put all the same, so
// that what refers to it is judged by its own members. Nobody may keep what was put.
func (l *Loader) Collect(report func(error)) { l.report = report }

// refused ends the loading with an error, unless errors are collected.
func (l *Loader) refused(err error) error {
	if err == nil || l.report == nil {
		return err
	}
	l.report(err)
	return nil
}

// Api puts an API with all of its configuration.
func (l *Loader) Api(ctx context.Context, s *resource.Snapshot) error {
	l.t.Api = &s.Api
	if err := put(ctx, l, l.t, l.c.apis(), &s.Api, nil); err != nil {
		return err
	}
	if err := load(ctx, l, l.t, l.c.authorizers(), s.Authorizers, "authorizers"); err != nil {
		return err
	}
	for i := range s.Models { // all before any is judged: they may refer to each other
		if err := models().Store(ctx, l.t, &s.Models[i]); err != nil {
			return err
		}
	}
	if err := load(ctx, l, l.t, models(), s.Models, "models"); err != nil {
		return err
	}
	if err := loadWith(ctx, l, l.c.integrations(), s.Integrations, "integrations", l.c.integrationResponses(), s.IntegrationResponses); err != nil {
		return err
	}
	return loadWith(ctx, l, l.c.routes(), s.Routes, "routes", l.c.routeResponses(), s.RouteResponses)
}

// all tells all errors of the rules on a noun, the first of which is known.
func all[T any](l *Loader, noun *T, err error, path []string, check func(*T) error) {
	blame.Rules(noun, err, check, func(err error, member []string) {
		told := family.Part(err, path)
		if e, ok := errors.AsType[*family.PartError](told); ok {
			e.Member = member
		}
		l.report(told)
	})
}

// judge holds a noun to rules. Where errors are collected it goes on.
func judge[T any](l *Loader, noun *T, check func(*T) error) error {
	err := check(noun)
	if err != nil && l.report != nil {
		all(l, noun, err, nil, check)
		return nil
	}
	return err
}

// put puts a noun that stands at a path below what is loaded.
func put[T any](ctx context.Context, l *Loader, t *family.Change, kind *family.Of[T], noun *T, path []string) error {
	err := kind.Put(ctx, t, noun)
	switch {
	case err == nil:
		return nil
	case l.report == nil || kind.Check == nil:
		return family.Part(err, path)
	}
	all(l, noun, err, path, func(noun *T) error { return kind.Check(ctx, t, noun) })
	return kind.Store(ctx, t, noun)
}

// load puts the nouns of a kind, and tells in which of them an error is; at is the way
// to them.
func load[T any](ctx context.Context, l *Loader, t *family.Change, kind *family.Of[T], nouns []T, at ...string) error {
	for i := range nouns {
		if err := put(ctx, l, t, kind, &nouns[i], append(at[:len(at):len(at)], *kind.Id(&nouns[i]))); err != nil {
			return err
		}
	}
	return nil
}

// loadWith is load for nouns that have responses.
func loadWith[T, R any](ctx context.Context, l *Loader, kind *family.Of[T], nouns []T, name string, responses *family.Of[R], of map[string][]R) error {
	for i := range nouns {
		if err := load(ctx, l, l.t, kind, nouns[i:i+1], name); err != nil {
			return err
		}
		l.t.Below = *kind.Id(&nouns[i])
		err := load(ctx, l, l.t, responses, of[l.t.Below], name, l.t.Below, "responses")
		if l.t.Below = ""; err != nil {
			return err
		}
	}
	return nil
}

// Deployment puts a deployment with what it froze.
func (l *Loader) Deployment(ctx context.Context, apiId string, d resource.Deployment, frozen *resource.Snapshot) error {
	d.DeploymentStatus = resource.Deployed
	if err := judge(l, &d, (*resource.Deployment).Validate); err != nil {
		return err
	}
	return catalog.PutDeployment(ctx, l.t.Tx, l.t.Region, apiId, &catalog.Deployment{Deployment: d}, frozen)
}

// Deployed puts a deployment of the API as it was loaded.
func (l *Loader) Deployed(ctx context.Context, apiId string, d resource.Deployment) error {
	frozen, err := catalog.LoadSnapshot(ctx, l.t.Tx, l.t.Region, apiId)
	if err != nil {
		return err
	}
	// The rule of CreateDeployment.
	if len(frozen.Routes) == 0 {
		if err := l.refused(deploy.ErrNoRoutes); err != nil {
			return err
		}
	}
	// A document written by hand has no dates, and now would make two readings differ.
	if d.CreatedDate.IsZero() {
		d.CreatedDate = frozen.Api.CreatedDate
	}
	return l.Deployment(ctx, apiId, d, frozen)
}

// Stage puts a stage. One without a deployment serves the API as it was loaded,
// unless idle says that it serves nothing.
func (l *Loader) Stage(ctx context.Context, apiId string, stage *resource.Stage, idle bool) (err error) {
	if l.t.Api, err = catalog.Apis(l.t.Region).Get(ctx, l.t.Tx, apiId); err != nil {
		return err
	}
	if err := judge(l, stage, func(stage *resource.Stage) error { return l.checkStage(ctx, stage) }); err != nil {
		return err
	}
	if stage.DeploymentId == "" && !idle {
		if err = l.freeze(ctx, apiId, stage); err != nil {
			return err
		}
	}
	return l.c.stages().Store(ctx, l.t, stage)
}

// checkStage holds a stage to the rules of CreateStage: a file is no way around them.
func (l *Loader) checkStage(ctx context.Context, stage *resource.Stage) error {
	stage.Fill(l.t.Api.ProtocolType)
	err := cmp.Or(stage.Validate(l.t.Api.ProtocolType), l.c.knownRouteSettings(ctx, l.t, stage))
	if err != nil || stage.DeploymentId == "" {
		return err
	}
	if deploy.Automatic(stage) {
		return family.BadRequest("Deployment ID cannot be set on this stage because AutoDeploy is enabled")
	}
	_, err = deploy.Deployments().Find(ctx, &l.t.Sight, stage.DeploymentId)
	return err
}

// freeze deploys the API as it was loaded to a stage; the id is drawn from what it froze.
func (l *Loader) freeze(ctx context.Context, apiId string, stage *resource.Stage) error {
	frozen, err := catalog.LoadSnapshot(ctx, l.t.Tx, l.t.Region, apiId)
	// Observed: AWS deploys no API without routes.
	if err != nil || len(frozen.Routes) == 0 {
		return err
	}
	text, err := json.Marshal(frozen)
	if err != nil {
		return err
	}
	id := Derive(deploy.Kind(stage)+string(text), resource.DeploymentIdLength+2)
	return l.Deployment(ctx, apiId, deploy.Loaded(stage, id, frozen.Api.CreatedDate), frozen)
}

// Derive makes an id of n characters, at most 50, out of a text.
func Derive(text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:n]
}
