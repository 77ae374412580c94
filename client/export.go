package client

import (
	"context"

	"github.com/dragoman-gateway/dragoman/wire"
)

// ExportApiOutput is what ExportApi answers: the document as it came.
type ExportApiOutput struct {
	Body        []byte
	ContentType string
}

// ExportApi answers an API as an OpenAPI document.
// Errors: BadRequestException, NotFoundException, TooManyRequestsException.
func (c *Client) ExportApi(ctx context.Context, in *ExportApiInput) (*ExportApiOutput, error) {
	a, err := c.send(ctx, wire.Lookup("ExportApi"), compose(in))
	if err != nil {
		return nil, err
	}
	return &ExportApiOutput{Body: a.body, ContentType: a.header.Get("Content-Type")}, nil
}
