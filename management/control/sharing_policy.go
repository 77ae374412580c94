package control

import (
	"context"
	"encoding/json"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

const policyName = "PortalProductSharingPolicy"

func (c *Control) putSharingPolicy(ctx context.Context, r *wire.Request) (any, error) {
	document := r.String("policyDocument")
	err := c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		if err := checkPolicy(document); err != nil {
			return err
		}
		policy := &catalog.SharingPolicy{PolicyDocument: document, PortalProductId: p.PortalProductId}
		return catalog.SharingPolicies(t.region).Put(ctx, t.tx, p.PortalProductId, policy)
	})
	return nil, err
}

// checkPolicy holds a policy to being an IAM policy by its form: an object with a
// statement. Who it names is not looked up.
func checkPolicy(document string) error {
	var policy struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return badRequest("Invalid policy document specified: it is not a JSON object")
	}
	if len(policy.Statement) == 0 || policy.Statement[0] != '[' && policy.Statement[0] != '{' {
		return badRequest("Invalid policy document specified: it has no Statement")
	}
	return nil
}

func (c *Control) getSharingPolicy(ctx context.Context, r *wire.Request) (any, error) {
	var policy *catalog.SharingPolicy
	err := c.view(ctx, r, func(reader store.Reader) error {
		p, err := ownProduct(ctx, reader, r)
		if err != nil {
			return err
		}
		policy, err = find(ctx, reader, catalog.SharingPolicies(r.Region), policyName, p.PortalProductId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return policy, nil
}

func (c *Control) deleteSharingPolicy(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.changeProduct(ctx, r, func(t *change, p *resource.PortalProduct) error {
		at := catalog.SharingPolicies(t.region)
		if err := exists(ctx, t.tx, at, policyName, p.PortalProductId); err != nil {
			return err
		}
		return at.Delete(ctx, t.tx, p.PortalProductId)
	})
}
