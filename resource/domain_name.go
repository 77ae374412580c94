package resource

import (
	"regexp"
	"strings"
)

// How a custom domain finds the API of a request.
const (
	MappingOnly     = "API_MAPPING_ONLY"
	RuleOnly        = "ROUTING_RULE_ONLY"
	RuleThenMapping = "ROUTING_RULE_THEN_API_MAPPING"
)

// DomainName is a custom domain, its endpoint configuration and how it routes.
type DomainName struct {
	ApiMappingSelectionExpression string                    `json:"apiMappingSelectionExpression,omitempty"`
	DomainName                    string                    `json:"domainName,omitempty"`
	DomainNameArn                 string                    `json:"domainNameArn,omitempty"`
	DomainNameConfigurations      []DomainNameConfiguration `json:"domainNameConfigurations,omitempty"`
	MutualTlsAuthentication       *MutualTlsAuthentication  `json:"mutualTlsAuthentication,omitempty"`
	RoutingMode                   string                    `json:"routingMode,omitempty"`
	Tags                          map[string]string         `json:"tags"`
}

// DomainNameConfiguration is the endpoint that serves a custom domain; exactly one is allowed.
type DomainNameConfiguration struct {
	ApiGatewayDomainName                string `json:"apiGatewayDomainName,omitempty"`
	CertificateArn                      string `json:"certificateArn,omitempty"`
	CertificateName                     string `json:"certificateName,omitempty"`
	CertificateUploadDate               Time   `json:"certificateUploadDate,omitzero"`
	DomainNameStatus                    string `json:"domainNameStatus,omitempty"`
	DomainNameStatusMessage             string `json:"domainNameStatusMessage,omitempty"`
	EndpointType                        string `json:"endpointType,omitempty"`
	HostedZoneId                        string `json:"hostedZoneId,omitempty"`
	IpAddressType                       string `json:"ipAddressType,omitempty"`
	SecurityPolicy                      string `json:"securityPolicy,omitempty"`
	OwnershipVerificationCertificateArn string `json:"ownershipVerificationCertificateArn,omitempty"`
}

// MutualTlsAuthentication names the truststore that client certificates are verified against.
type MutualTlsAuthentication struct {
	TruststoreUri      string   `json:"truststoreUri,omitempty"`
	TruststoreVersion  string   `json:"truststoreVersion,omitempty"`
	TruststoreWarnings []string `json:"truststoreWarnings,omitempty"`
}

// An underscore may begin a label, as in DNS itself (RFC 2181 section 11).
// Documented: API Gateway Developer Guide, Custom domain names for HTTP APIs: a
// wildcard is a whole label and the first one.
var (
	domainLabels  = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$`)
	certificate   = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:acm:([a-z0-9-]+):[0-9]*:certificate/.+$`)
	truststoreUri = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]*/.+$`)
)

// Fill sets what AWS sets where a caller set nothing, and what only AWS sets:
// address is the name below which AWS would answer, kept once it was given. An
// empty truststore is how clients take mutual TLS away.
func (d *DomainName) Fill(region, address string) {
	d.ApiMappingSelectionExpression = "$request.basepath"
	d.DomainNameArn = DomainNameArn(region, d.DomainName)
	if d.RoutingMode == "" {
		d.RoutingMode = MappingOnly
	}
	if d.Tags == nil {
		d.Tags = map[string]string{}
	}
	if m := d.MutualTlsAuthentication; m != nil {
		if m.TruststoreWarnings = nil; m.TruststoreUri == "" && m.TruststoreVersion == "" {
			d.MutualTlsAuthentication = nil
		}
	}
	for i := range d.DomainNameConfigurations {
		d.DomainNameConfigurations[i].fill(region, address)
	}
}

// Terraform waits for AVAILABLE after each write and fails without it, so a
// domain has that state at once.
func (c *DomainNameConfiguration) fill(region, address string) {
	c.ApiGatewayDomainName = address
	c.HostedZoneId = hostedZone(region)
	c.DomainNameStatus, c.DomainNameStatusMessage = "AVAILABLE", ""
	for member, value := range map[*string]string{&c.EndpointType: "REGIONAL", &c.SecurityPolicy: "TLS_1_2", &c.IpAddressType: "ipv4"} {
		if *member == "" {
			*member = value
		}
	}
}

// Validate holds a custom domain to its rules. Certificates and truststores are
// held to their form alone: they lie in ACM and S3, which this server does not
// reach.
func (d *DomainName) Validate(region string) error {
	if len(d.DomainName) > 253 || !domainLabels.MatchString(d.DomainName) {
		// Assumed: that it is refused is sure, the text is not.
		return bad("Invalid domain name specified: %s", d.DomainName)
	}
	if n := len(d.DomainNameConfigurations); n != 1 {
		return bad("Invalid input. Expected one domain name configuration, got %d", n)
	}
	if err := first(oneOf("RoutingMode", d.RoutingMode, MappingOnly, RuleOnly, RuleThenMapping), d.DomainNameConfigurations[0].validate(region)); err != nil {
		return err
	}
	if m := d.MutualTlsAuthentication; m != nil && !truststoreUri.MatchString(m.TruststoreUri) {
		return bad("Invalid truststore URI specified: %q. It must have the form s3://bucket/key", m.TruststoreUri)
	}
	return ValidateTags(d.Tags)
}

// A regional endpoint serves a certificate of its own region.
// Documented: API Gateway Developer Guide, Custom domain names for HTTP APIs.
// Observed: these texts.
func (c *DomainNameConfiguration) validate(region string) error {
	if c.EndpointType != "REGIONAL" || c.SecurityPolicy != "TLS_1_2" {
		return bad("Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API. For TLS 1.0 domain names, please use the API Gateway V1 API.")
	}
	if m := certificate.FindStringSubmatch(c.CertificateArn); m == nil || m[1] != region {
		return bad("Invalid certificate ARN: %s. Certificate must be in '%s'.", c.CertificateArn, region)
	}
	if owner := c.OwnershipVerificationCertificateArn; owner != "" && !certificate.MatchString(owner) {
		return bad("Invalid certificate ARN: %s. Certificate must be in '%s'.", owner, region)
	}
	return oneOf("IpAddressType", c.IpAddressType, "ipv4", "dualstack")
}

// hostedZone is the Route 53 zone of a region's regional domains, for aliases.
// Assumed: a region that is not listed answers the zone of us-east-1; nothing
// here is looked up in DNS.
func hostedZone(region string) string {
	for line := range strings.FieldsSeq(hostedZones) {
		if name, zone, ok := strings.Cut(line, "="); ok && name == region {
			return zone
		}
	}
	return "Z1UJRXOUMOOFQ8"
}

const hostedZones = `us-east-1=Z1UJRXOUMOOFQ8 us-east-2=ZOJJZC49E0EPZ us-west-1=Z2MUQ32089INYE us-west-2=Z2OJLYMUO9EFXC
	ca-central-1=Z19DQILCV0OWEC eu-west-1=ZLY8HYME6SFDD eu-west-2=ZJ5UAJN8Y3Z2Q eu-west-3=Z3KY65QIEKYHQQ
	eu-central-1=Z1U9ULNL0V5AJ3 eu-north-1=Z3UWIKFBOOGXPP ap-south-1=Z3VO1THU9YC4UR ap-northeast-1=Z1YSHQZHG15GKL
	ap-northeast-2=Z20JF4UZKIW1U8 ap-southeast-1=ZL327KTPIQFUL ap-southeast-2=Z2RPCDW04V8134 sa-east-1=ZCMLWB8V5SYIT`
