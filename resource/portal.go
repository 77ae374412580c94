package resource

// Portal publishes the documentation of portal products.
type Portal struct {
	Authorization             *Authorization                 `json:"authorization,omitempty"`
	EndpointConfiguration     *EndpointConfigurationResponse `json:"endpointConfiguration,omitempty"`
	IncludedPortalProductArns []string                       `json:"includedPortalProductArns,omitempty"`
	LastModified              Time                           `json:"lastModified,omitzero"`
	LastPublished             Time                           `json:"lastPublished,omitzero"`
	LastPublishedDescription  string                         `json:"lastPublishedDescription,omitempty"`
	PortalArn                 string                         `json:"portalArn,omitempty"`
	PortalContent             *PortalContent                 `json:"portalContent,omitempty"`
	PortalId                  string                         `json:"portalId,omitempty"`
	Preview                   *Preview                       `json:"preview,omitempty"`
	PublishStatus             string                         `json:"publishStatus,omitempty"`
	RumAppMonitorName         string                         `json:"rumAppMonitorName,omitempty"`
	StatusException           *StatusException               `json:"statusException,omitempty"`
	Tags                      map[string]string              `json:"tags"`
}

// Authorization says who may read a portal: anybody, or users of a Cognito pool.
type Authorization struct {
	CognitoConfig *CognitoConfig `json:"cognitoConfig,omitempty"`
	None          *struct{}      `json:"none,omitempty"`
}

// CognitoConfig names the Cognito user pool and client that guard a portal.
type CognitoConfig struct {
	AppClientId    string `json:"appClientId,omitempty"`
	UserPoolArn    string `json:"userPoolArn,omitempty"`
	UserPoolDomain string `json:"userPoolDomain,omitempty"`
}

// EndpointConfigurationResponse is where a portal is reached.
type EndpointConfigurationResponse struct {
	CertificateArn           string `json:"certificateArn,omitempty"`
	DomainName               string `json:"domainName,omitempty"`
	PortalDefaultDomainName  string `json:"portalDefaultDomainName,omitempty"`
	PortalDomainHostedZoneId string `json:"portalDomainHostedZoneId,omitempty"`
}

// ACMManaged is a custom domain of a portal with its certificate.
type ACMManaged struct {
	CertificateArn string `json:"certificateArn,omitempty"`
	DomainName     string `json:"domainName,omitempty"`
}

// PortalContent is the title, description and theme of a portal.
type PortalContent struct {
	Description string       `json:"description,omitempty"`
	DisplayName string       `json:"displayName,omitempty"`
	Theme       *PortalTheme `json:"theme,omitempty"`
}

// PortalTheme is the look of a portal.
type PortalTheme struct {
	CustomColors     *CustomColors `json:"customColors,omitempty"`
	LogoLastUploaded Time          `json:"logoLastUploaded,omitzero"`
}

// CustomColors are the six colours of a portal, as CSS text.
type CustomColors struct {
	AccentColor          string `json:"accentColor,omitempty"`
	BackgroundColor      string `json:"backgroundColor,omitempty"`
	ErrorValidationColor string `json:"errorValidationColor,omitempty"`
	HeaderColor          string `json:"headerColor,omitempty"`
	NavigationColor      string `json:"navigationColor,omitempty"`
	TextColor            string `json:"textColor,omitempty"`
}

// Preview is the state of a portal's preview.
type Preview struct {
	PreviewStatus   string           `json:"previewStatus,omitempty"`
	PreviewUrl      string           `json:"previewUrl,omitempty"`
	StatusException *StatusException `json:"statusException,omitempty"`
}

// StatusException says why something failed.
type StatusException struct {
	Exception string `json:"exception,omitempty"`
	Message   string `json:"message,omitempty"`
}
