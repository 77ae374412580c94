package clone

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
)

// served reads what the stages of an HTTP API serve: an export of each deployment is
// held against an export of the API as it is now, for both lost the same on their way
// through OpenAPI. Where they differ the deployment gets a configuration of its own.
func (r *reader) served(ctx context.Context, s *source) error {
	var now *openapi.Definition
	for i := range s.stages {
		stage := &s.stages[i]
		if stage.DeploymentId == "" || s.frozen[stage.DeploymentId] != nil {
			continue
		}
		if now == nil {
			var err error
			if now, err = r.exported(ctx, s, ""); err != nil || now == nil {
				return err
			}
		}
		then, err := r.exported(ctx, s, stage.StageName)
		if err != nil {
			return err
		}
		if then != nil && !alike(now, then) {
			s.frozen[stage.DeploymentId] = thaw(s, now, then, stage.DeploymentId)
			closed(s.frozen[stage.DeploymentId], s.title()+", stage "+stage.StageName, r.report)
		}
	}
	return nil
}

// exported reads what a stage serves, or the API as it is now for ""; nil when it
// could not be read, which is told.
func (r *reader) exported(ctx context.Context, s *source, stage string) (*openapi.Definition, error) {
	r.progress("%s: what its stages serve", s.title())
	in := &client.ExportApiInput{ApiId: s.Api.ApiId, Specification: "OAS30", OutputType: "JSON", IncludeExtensions: client.Bool(true)}
	name := s.title()
	if stage != "" {
		in.StageName = &stage
		name += ", stage " + stage
	}
	out, err := r.ExportApi(ctx, in)
	if err != nil {
		r.report.note(name, "what is served could not be read, so that it is the API as it is now")
		return nil, r.unread(ctx, name, err)
	}
	// What stands for a region or an account in templates of others is text here.
	d, err := openapi.Read(string(out.Body), openapi.Options{Region: "${AWS::Region}", Account: "${AWS::AccountId}", Partition: "${AWS::Partition}"})
	if err != nil {
		r.report.note(name, "what is served could not be read, so that it is the API as it is now")
		r.report.unread(name, "ExportApi", "ExportApi: "+short(err.Error()))
		return nil, nil
	}
	if stage != "" {
		for _, o := range d.LeftOut {
			r.report.left(name, "%s: %s", short(o.What), short(o.Why))
		}
	}
	return d, nil
}

// alike compares definitions in what is served. What an API is called is not: an
// export has that of now.
func alike(a, b *openapi.Definition) bool {
	return same(a.Cors, b.Cors) && same(a.DisableEndpoint, b.DisableEndpoint) && same(a.Authorizers, b.Authorizers) &&
		slices.Equal(routesOf(a), routesOf(b))
}

// same compares nouns as they are written.
func same(a, b any) bool { return text(a) == text(b) }

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // nouns always can be written
		return err.Error()
	}
	return string(b)
}

// routesOf writes each route with its integration, in order: how documents share
// integrations does not count.
func routesOf(d *openapi.Definition) []string {
	var all []string
	for i := range d.Routes {
		all = append(all, alone(&d.Routes[i])+text(integrationOf(d, &d.Routes[i])))
	}
	slices.Sort(all)
	return all
}

// alone is a route without the place of its integration in the document.
func alone(route *openapi.Route) string {
	r := *route
	r.Integration = 0
	return text(r)
}

func integrationOf(d *openapi.Definition, route *openapi.Route) *resource.Integration {
	if route.Integration < 0 {
		return nil
	}
	return &d.Integrations[route.Integration]
}
