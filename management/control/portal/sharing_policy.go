package portal

import (
	"context"
	"encoding/json"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Policies are the sharing policies of portal products: each has one at most, under
// its own id.
func Policies() *family.Of[catalog.SharingPolicy] {
	return &family.Of[catalog.SharingPolicy]{
		Noun: "PortalProductSharingPolicy", Label: "portalProductId", Serves: true,
		At: family.Under(Products(), func(s *family.Sight) catalog.Collection[catalog.SharingPolicy] {
			return catalog.SharingPolicies(s.Region)
		}),
		Id: func(p *catalog.SharingPolicy) *string { return &p.PortalProductId },
		Check: func(_ context.Context, _ *family.Change, p *catalog.SharingPolicy) error {
			return checkPolicy(p.PolicyDocument)
		},
	}
}

// checkPolicy holds a policy to being an IAM policy by its form: an object with a
// statement. Who it names is not looked up.
func checkPolicy(document string) error {
	// Documented: policyDocument is a text (API Gateway V2 API Reference,
	// PutPortalProductSharingPolicy); its elements are those of IAM User Guide, IAM JSON
	// policy elements reference, where Statement is the required one.
	var policy struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return family.BadRequest("Invalid policy document specified: it is not a JSON object")
	}
	if len(policy.Statement) == 0 || policy.Statement[0] != '[' && policy.Statement[0] != '{' {
		return family.BadRequest("Invalid policy document specified: it has no Statement")
	}
	return nil
}

// putPolicy makes the policy of a product, or replaces it.
func putPolicy(ctx context.Context, t *family.Change) error {
	policies := Policies()
	if _, err := policies.At(ctx, &t.Sight); err != nil {
		return err
	}
	return policies.Put(ctx, t, &catalog.SharingPolicy{PolicyDocument: t.Request.String("policyDocument"), PortalProductId: t.Below})
}
