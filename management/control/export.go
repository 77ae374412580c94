package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// exportApi writes the document of an API: of what a stage serves, or of what is
// configured now.
func (c *Control) exportApi(ctx context.Context, r *wire.Request) (any, error) {
	if err := checkExport(r); err != nil {
		return nil, fault.E("control.ExportApi", err)
	}
	stage := r.Query.Get("stageName")
	var s *resource.Snapshot
	err := c.plane.View(ctx, r, func(sight *family.Sight) (err error) {
		s, err = c.exported(ctx, sight, stage)
		return err
	})
	if err != nil {
		return nil, err
	}
	// Documented: extensions are written unless includeExtensions is false (API Gateway
	// V2 API Reference, ExportApi).
	extensions, said := r.Bool("includeExtensions")
	format := openapi.Format(r.Query.Get("outputType"))
	body, err := openapi.Write(s, openapi.Export{
		Endpoint: c.Endpoint(r.Region, s.Api.ApiId, s.Api.ProtocolType), Stage: stage, Extensions: extensions || !said, Format: format,
	})
	if err != nil {
		return nil, fault.E("control.ExportApi", err)
	}
	kind := "application/json"
	if format == openapi.YAML {
		kind = "application/yaml"
	}
	return wire.Document{ContentType: kind, Body: body}, nil
}

func checkExport(r *wire.Request) error {
	switch r.Path["specification"] {
	// Documented: OAS30 is the only specification (API Gateway V2 API Reference, ExportApi).
	case "OAS30":
	default:
		return family.BadRequest("Invalid specification specified. Must be one of [OAS30]")
	}
	switch format := openapi.Format(r.Query.Get("outputType")); format {
	case openapi.JSON, openapi.YAML:
	default:
		return family.BadRequest("Invalid output type specified. Must be one of [JSON, YAML]")
	}
	// Documented: 1.0 is the only version of the export algorithm (API Gateway V2 API
	// Reference, ExportApi).
	if v := r.Query.Get("exportVersion"); v != "" && v != "1.0" {
		return family.BadRequest("Invalid export version specified. Must be one of [1.0]")
	}
	return nil
}

// exported reads what is to be written. The name, version and address of an API
// are those of now, also for a stage.
func (c *Control) exported(ctx context.Context, s *family.Sight, stage string) (*resource.Snapshot, error) {
	if err := s.ReadApi(ctx); err != nil {
		return nil, err
	}
	// Documented: only HTTP APIs are exported (API Gateway Developer Guide, Export HTTP
	// APIs from API Gateway); OpenAPI has no words for routes chosen by a message.
	if s.Api.ProtocolType != resource.HTTP {
		return nil, family.BadRequest("Export is only supported for HTTP protocol APIs")
	}
	// Documented: without a stage the latest configuration is exported, deployed or not
	// (API Gateway V2 API Reference, ExportApi, stageName).
	if stage == "" {
		return catalog.LoadSnapshot(ctx, s.Reader, s.Region, s.Api.ApiId)
	}
	noun, err := c.stages().Find(ctx, s, stage)
	if err != nil {
		return nil, err
	}
	frozen, err := catalog.LoadDeployment(ctx, s.Reader, s.Region, s.Api.ApiId, noun.DeploymentId)
	if errors.Is(err, catalog.ErrNotFound) || noun.DeploymentId == "" {
		return nil, family.BadRequest("The stage %s has no deployment to export", stage)
	}
	return frozen, err
}
