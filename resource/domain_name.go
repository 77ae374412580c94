package resource

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
