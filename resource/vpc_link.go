package resource

import (
	"regexp"
	"time"
)

// VpcLinkDelay is how long a VPC link says PENDING after it was created and DELETING after
// it was deleted, so that clients that wait see what they wait for.
const VpcLinkDelay = time.Second

// VpcLink names a private network that integrations reach. VpcLinkStatus and its
// message are told by the clock, see Show.
type VpcLink struct {
	CreatedDate          Time              `json:"createdDate,omitzero"`
	Name                 string            `json:"name,omitempty"`
	SecurityGroupIds     []string          `json:"securityGroupIds"`
	SubnetIds            []string          `json:"subnetIds"`
	Tags                 map[string]string `json:"tags"`
	VpcLinkId            string            `json:"vpcLinkId,omitempty"`
	VpcLinkStatus        string            `json:"vpcLinkStatus,omitempty"`
	VpcLinkStatusMessage string            `json:"vpcLinkStatusMessage,omitempty"`
	VpcLinkVersion       string            `json:"vpcLinkVersion,omitempty"`

	// Made and Deleted are moments in nanoseconds since 1970; they are kept and
	// never shown. Deleted is 0 for a link that is in use.
	Made    int64 `json:"made,omitempty"`
	Deleted int64 `json:"deleted,omitempty"`
}

// Fill sets what AWS sets where a caller set nothing.
func (v *VpcLink) Fill() {
	v.VpcLinkVersion = "V2"
	if v.Tags == nil {
		v.Tags = map[string]string{}
	}
	if v.SecurityGroupIds == nil {
		v.SecurityGroupIds = []string{}
	}
}

// Gone says whether a deleted link is no longer to be found.
func (v *VpcLink) Gone(now time.Time) bool {
	return v.Deleted != 0 && now.Sub(time.Unix(0, v.Deleted)) >= VpcLinkDelay
}

// Show sets the status that the link has at a moment and hides what is only kept.
func (v *VpcLink) Show(now time.Time) {
	switch {
	case v.Deleted != 0:
		v.VpcLinkStatus, v.VpcLinkStatusMessage = "DELETING", "VPC link is being deleted"
	case now.Sub(time.Unix(0, v.Made)) < VpcLinkDelay:
		v.VpcLinkStatus, v.VpcLinkStatusMessage = "PENDING", "VPC link is provisioning ENIs"
	default:
		v.VpcLinkStatus, v.VpcLinkStatusMessage = "AVAILABLE", "VPC link is ready to route traffic"
	}
	v.Made, v.Deleted = 0, 0
}

// Validate holds a link to its rules; subnets and groups to their form alone.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas, for ten
// subnets.
func (v *VpcLink) Validate() error {
	if err := first(length("Name", v.Name, 1, 128), ValidateTags(v.Tags)); err != nil {
		return err
	}
	if n := len(v.SubnetIds); n < 1 || n > 10 {
		return bad("Invalid value specified for SubnetIds: a VPC link has 1 to 10 subnets, got %d", n)
	}
	if n := len(v.SecurityGroupIds); n > 5 {
		return bad("Invalid value specified for SecurityGroupIds: a VPC link has at most 5 security groups, got %d", n)
	}
	return first(identifiers("SubnetIds", v.SubnetIds), identifiers("SecurityGroupIds", v.SecurityGroupIds))
}

// identifiers holds the ids of EC2 resources to their form: letters, digits and
// hyphens, without repetition. What they name is not looked up.
func identifiers(member string, ids []string) error {
	seen := map[string]bool{}
	for _, id := range ids {
		if !identifier.MatchString(id) {
			return bad("Invalid value specified for %s: %q is not an id", member, id)
		}
		if seen[id] {
			return bad("Invalid value specified for %s: %s appears twice", member, id)
		}
		seen[id] = true
	}
	return nil
}

var identifier = form{regexp.MustCompile(`^[A-Za-z0-9_-]+$`), 255}
