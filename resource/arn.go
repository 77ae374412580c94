package resource

import "strings"

// ARNs of taggable resources carry no account, those of routing rules and portals
// do. Clients build them by themselves, so they are matched to the letter.
// Documented: API Gateway Developer Guide, API Gateway Amazon Resource Name (ARN)
// reference.

// ApiArn names an API, for tags.
func ApiArn(region, apiId string) string {
	return "arn:aws:apigateway:" + region + "::/apis/" + apiId
}

// StageArn names a stage, for tags.
func StageArn(region, apiId, stage string) string { return ApiArn(region, apiId) + "/stages/" + stage }

// DomainNameArn names a custom domain, for tags.
func DomainNameArn(region, domain string) string {
	return "arn:aws:apigateway:" + region + "::/domainnames/" + domain
}

// VpcLinkArn names a VPC link, for tags.
func VpcLinkArn(region, id string) string {
	return "arn:aws:apigateway:" + region + "::/vpclinks/" + id
}

// RoutingRuleArn names a routing rule.
func RoutingRuleArn(region, account, domain, id string) string {
	return "arn:aws:apigateway:" + region + ":" + account + ":/domainnames/" + domain + "/routingrules/" + id
}

// PortalArn names a portal.
func PortalArn(region, account, id string) string {
	return "arn:aws:apigateway:" + region + ":" + account + ":/portals/" + id
}

// PortalProductArn names a portal product.
func PortalProductArn(region, account, id string) string {
	return "arn:aws:apigateway:" + region + ":" + account + ":/portalproducts/" + id
}

// ProductPageArn names a page of a portal product.
func ProductPageArn(region, account, product, id string) string {
	return PortalProductArn(region, account, product) + "/productpages/" + id
}

// ProductRestEndpointPageArn names the page of an endpoint of a portal product.
func ProductRestEndpointPageArn(region, account, product, id string) string {
	return PortalProductArn(region, account, product) + "/productrestendpointpages/" + id
}

// ParseArn splits an ARN of this service into its region and the parts of its
// path: arn:aws:apigateway:us-east-1::/apis/abc gives us-east-1, [apis abc].
func ParseArn(s string) (region string, path []string, ok bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] != "apigateway" {
		return "", nil, false
	}
	rest, ok := strings.CutPrefix(parts[5], "/")
	if !ok || rest == "" {
		return "", nil, false
	}
	return parts[3], strings.Split(rest, "/"), true
}
