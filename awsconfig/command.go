package awsconfig

import (
	"cmp"
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Target is what a client of another kind needs to call a service as this one does.
type Target struct {
	Endpoint  string // base URL; never ""
	Region    string
	Transport http.RoundTripper

	// Credentials gives a key for one request; it is asked for each, for keys end.
	Credentials func(context.Context) (aws.Credentials, error)
}

// Target finds where a call would go and what would sign it. Of the call it reads
// the service and where that is. A machine without configured credentials is asked
// for its role, which takes seconds where it has none: Target is for commands.
func (c *Client) Target(ctx context.Context, call *Call) (*Target, error) {
	s, err := c.configured(ctx)
	if err != nil {
		return nil, err
	}
	at := *call
	at.Region = cmp.Or(at.Region, c.region, s.region)
	base, foreign, err := c.base(ctx, &at, s)
	if err != nil {
		return nil, err
	}
	if s.unset && !foreign && s.hasRole(ctx) {
		c.machine.Store(true)
	}
	c.probed()
	return &Target{base.String(), at.Region, s.transport, func(ctx context.Context) (aws.Credentials, error) {
		return c.credentials(ctx, &at, s, foreign)
	}}, nil
}
