package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// An integration response is changed: nil members keep their value.
func ExampleClient_UpdateIntegrationResponse() {
	gateway := httptest.NewServer(wire.NewServer(wire.Config{Handlers: map[string]wire.Handler{
		"UpdateIntegrationResponse": func(_ context.Context, r *wire.Request) (any, error) {
			if r.String("integrationResponseId") != "def5678" {
				return nil, fault.New(fault.NotFound, "Invalid Integration Response identifier specified")
			}
			stored := &resource.IntegrationResponse{IntegrationResponseId: "def5678", IntegrationResponseKey: `/2\d\d/`}
			return stored, r.Apply(stored)
		},
	}}))
	defer gateway.Close()

	ctx := context.Background()
	c := client.New(client.Options{BaseEndpoint: gateway.URL, Region: "us-east-1"})
	in := &client.UpdateIntegrationResponseInput{
		ApiId: "a1b2c3d4e5", IntegrationId: "abc1234", IntegrationResponseId: "def5678",
		ResponseTemplates: map[string]string{"$default": `{"order":"$input.path('$.id')"}`},
	}
	out, err := c.UpdateIntegrationResponse(ctx, in)
	fmt.Println(out.IntegrationResponseKey, out.ResponseTemplates["$default"], err)

	in.IntegrationResponseId = "other"
	_, err = c.UpdateIntegrationResponse(ctx, in)
	if unknown, ok := errors.AsType[*client.NotFoundException](err); ok {
		fmt.Println(unknown.Code, unknown.Message)
	}
	// Output:
	// /2\d\d/ {"order":"$input.path('$.id')"} <nil>
	// NotFoundException Invalid Integration Response identifier specified
}
