package resource

// VpcLink names a private network that integrations reach.
type VpcLink struct {
	CreatedDate          Time              `json:"createdDate,omitzero"`
	Name                 string            `json:"name,omitempty"`
	SecurityGroupIds     []string          `json:"securityGroupIds,omitempty"`
	SubnetIds            []string          `json:"subnetIds,omitempty"`
	Tags                 map[string]string `json:"tags"`
	VpcLinkId            string            `json:"vpcLinkId,omitempty"`
	VpcLinkStatus        string            `json:"vpcLinkStatus,omitempty"`
	VpcLinkStatusMessage string            `json:"vpcLinkStatusMessage,omitempty"`
	VpcLinkVersion       string            `json:"vpcLinkVersion,omitempty"`
}
