package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// exportApi writes the document of an API: of what a stage serves, or of what is
// configured now.
func (c *Control) exportApi(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.ExportApi"
	if err := checkExport(r); err != nil {
		return nil, fault.E(op, err)
	}
	stage := r.Query.Get("stageName")
	var s *resource.Snapshot
	err := c.Store.View(ctx, func(reader store.Reader) (err error) {
		s, err = c.exported(ctx, reader, r, stage)
		return err
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	extensions, said := r.Bool("includeExtensions")
	format := openapi.Format(r.Query.Get("outputType"))
	body, err := openapi.Write(s, openapi.Export{
		Endpoint: c.Endpoint(r.Region, s.Api.ApiId, s.Api.ProtocolType), Stage: stage, Extensions: extensions || !said, Format: format,
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	kind := "application/json"
	if format == openapi.YAML {
		kind = "application/yaml"
	}
	return wire.Document{ContentType: kind, Body: body}, nil
}

func checkExport(r *wire.Request) error {
	switch r.Path["specification"] {
	case "OAS30":
	default:
		return badRequest("Invalid specification specified. Must be one of [OAS30]")
	}
	switch format := openapi.Format(r.Query.Get("outputType")); format {
	case openapi.JSON, openapi.YAML:
	default:
		return badRequest("Invalid output type specified. Must be one of [JSON, YAML]")
	}
	if v := r.Query.Get("exportVersion"); v != "" && v != "1.0" {
		return badRequest("Invalid export version specified. Must be one of [1.0]")
	}
	return nil
}

// exported reads what is to be written. The name, version and address of an API
// are those of now, also for a stage.
func (c *Control) exported(ctx context.Context, reader store.Reader, r *wire.Request, stage string) (*resource.Snapshot, error) {
	api, err := c.api(ctx, reader, r, r.Path["apiId"])
	if err != nil {
		return nil, err
	}
	if api.ProtocolType != resource.HTTP {
		return nil, badRequest("Export is only supported for HTTP protocol APIs")
	}
	if stage == "" {
		return catalog.LoadSnapshot(ctx, reader, r.Region, api.ApiId)
	}
	noun, err := find(ctx, reader, catalog.Stages(r.Region, api.ApiId), "Stage", stage)
	if err != nil {
		return nil, err
	}
	s, err := catalog.LoadDeployment(ctx, reader, r.Region, api.ApiId, noun.DeploymentId)
	if errors.Is(err, catalog.ErrNotFound) || noun.DeploymentId == "" {
		return nil, badRequest("The stage %s has no deployment to export", stage)
	}
	return s, err
}
