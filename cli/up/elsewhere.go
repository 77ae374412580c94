package up

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dragoman-gateway/dragoman/cli/up/services"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// values are those of what other services hold, by stack, logical id and attribute.
type values map[[3]string]string

// answer is for who evaluates a template; a Ref has no attribute there.
func (v values) answer(stack, logicalID, attribute string) (string, bool) {
	if attribute == "" {
		attribute = "Ref"
	}
	value, ok := v[[3]string{stack, logicalID, attribute}]
	return value, ok
}

// elsewhere has other services hold what a template asks of them.
type elsewhere struct {
	client   *services.Client
	template []byte // that was sent last
	values   values
}

// open is the client of who holds what is not served here.
func (e *elsewhere) open(ctx context.Context, o *Options) (*services.Client, error) {
	if e.client != nil {
		return e.client, nil
	}
	region := o.Region
	if region == "" {
		region = o.Config.Region
	}
	client, err := services.New(ctx, o.Services, region)
	if err != nil {
		return nil, fmt.Errorf("--services %w", err)
	}
	e.client = client
	return client, nil
}

// make sends a template that has changed, and answers what its resources are called.
func (e *elsewhere) make(ctx context.Context, o *Options, name string, wanted *gateway.Services) (values, error) {
	if e.values != nil && bytes.Equal(e.template, wanted.Template) {
		return e.values, nil
	}
	client, err := e.open(ctx, o)
	if err != nil {
		return nil, err
	}
	outputs, err := client.Put(ctx, services.Name(name), wanted.Template)
	if err != nil {
		return nil, fmt.Errorf("--services %s: %w", o.Services, err)
	}
	e.values = values{}
	for _, v := range wanted.Values {
		if value, ok := outputs[v.Output]; ok {
			e.values[[3]string{v.Stack, v.LogicalID, v.Attribute}] = value
		}
	}
	e.template = wanted.Template
	return e.values, nil
}
