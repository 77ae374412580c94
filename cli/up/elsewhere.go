package up

import (
	"bytes"
	"context"
	"fmt"
	"slices"

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
	notes    []gateway.Note // of what that server does not know
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
	outputs, untold, err := client.PutKnown(ctx, services.Name(name), wanted.Template)
	if err != nil {
		return nil, fmt.Errorf("--services %s: %w", o.Services, err)
	}
	e.values, e.notes = values{}, nil
	for _, v := range wanted.Values {
		if value, ok := outputs[v.Output]; ok {
			e.values[[3]string{v.Stack, v.LogicalID, v.Attribute}] = value
		}
		if slices.Contains(untold, v.Output) {
			e.notes = append(e.notes, gateway.Note{Text: o.Services + " does not tell " + v.Attribute + " of " + v.LogicalID + ": it is made up here"})
		}
	}
	e.template = wanted.Template
	return e.values, nil
}
