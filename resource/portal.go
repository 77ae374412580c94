package resource

import (
	"regexp"
	"slices"
	"time"
)

// States of a portal's publication and preview.
const (
	Published         = "PUBLISHED"
	PublishInProgress = "PUBLISH_IN_PROGRESS"
	DisableInProgress = "DISABLE_IN_PROGRESS"
	Disabled          = "DISABLED"
	PreviewInProgress = "PREVIEW_IN_PROGRESS"
	PreviewReady      = "PREVIEW_READY"
)

// PortalDelay is how long publishing, disabling and previewing a portal say that
// they are under way: clients that wait for a change of state have to see one.
const PortalDelay = time.Second

// Portal publishes the documentation of portal products.
type Portal struct {
	Authorization             *Authorization                 `json:"authorization,omitempty"`
	EndpointConfiguration     *EndpointConfigurationResponse `json:"endpointConfiguration,omitempty"`
	IncludedPortalProductArns []string                       `json:"includedPortalProductArns"`
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

	// What is kept and never shown: the logo, and when the state of publication
	// and preview began, in nanoseconds since 1970.
	LogoUri      string `json:"logoUri,omitempty"`
	Began        int64  `json:"began,omitempty"`
	PreviewBegan int64  `json:"previewBegan,omitempty"`
}

// Fill sets what AWS sets where a caller set nothing.
func (p *Portal) Fill(region, account string) {
	p.PortalArn = PortalArn(region, account, p.PortalId)
	if p.PublishStatus == "" {
		p.PublishStatus = Disabled
	}
	if p.Tags == nil {
		p.Tags = map[string]string{}
	}
	if p.IncludedPortalProductArns == nil {
		p.IncludedPortalProductArns = []string{}
	}
	if e := p.EndpointConfiguration; e != nil {
		e.PortalDefaultDomainName = "p-" + p.PortalId + ".apigw-portal." + region + ".on.aws"
		// Assumed: a portal answers in the zone of its region's custom domains.
		e.PortalDomainHostedZoneId = hostedZone(region)
	}
}

// Settle ends what was under way for PortalDelay. Nothing runs in the background:
// the state follows from the clock when somebody asks.
func (p *Portal) Settle(now time.Time) {
	if now.Sub(time.Unix(0, p.Began)) >= PortalDelay {
		switch p.PublishStatus {
		case PublishInProgress:
			p.PublishStatus = Published
		case DisableInProgress:
			p.PublishStatus = Disabled
		}
	}
	if p.Preview != nil && p.Preview.PreviewStatus == PreviewInProgress && now.Sub(time.Unix(0, p.PreviewBegan)) >= PortalDelay {
		p.Preview = &Preview{PreviewStatus: PreviewReady, PreviewUrl: p.Preview.PreviewUrl}
	}
}

// Show settles a portal and hides what is only kept.
func (p *Portal) Show(now time.Time) {
	p.Settle(now)
	if p.Preview != nil && p.Preview.PreviewStatus == PreviewInProgress {
		p.Preview = &Preview{PreviewStatus: PreviewInProgress}
	}
	p.LogoUri, p.Began, p.PreviewBegan = "", 0, 0
}

// Busy says whether the portal is being published or disabled.
func (p *Portal) Busy() bool {
	return p.PublishStatus == PublishInProgress || p.PublishStatus == DisableInProgress
}

var userPool = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:cognito-idp:[a-z0-9-]+:[0-9]*:userpool/.+$`)

// Validate holds a portal to its rules. The products that it includes are looked up elsewhere.
func (p *Portal) Validate() error {
	switch a, e := p.Authorization, p.EndpointConfiguration; {
	case a == nil || (a.CognitoConfig == nil) == (a.None == nil):
		return bad("Invalid value specified for Authorization: exactly one of CognitoConfig and None is required")
	case a.CognitoConfig != nil && !userPool.MatchString(a.CognitoConfig.UserPoolArn):
		return bad("Invalid ARN specified in the request: UserPoolArn must name a Cognito user pool")
	case e == nil:
		return bad("EndpointConfiguration is required")
	case (e.CertificateArn == "") != (e.DomainName == ""):
		return bad("Invalid value specified for EndpointConfiguration: CertificateArn and DomainName are required together")
	case e.CertificateArn != "" && !certificate.MatchString(e.CertificateArn):
		return bad("Invalid certificate ARN: %s.", e.CertificateArn)
	case e.DomainName != "" && !domainLabels.MatchString(e.DomainName):
		return bad("Invalid domain name specified: %s", e.DomainName)
	case p.PortalContent == nil || p.PortalContent.Theme == nil || p.PortalContent.Theme.CustomColors == nil:
		return bad("PortalContent with a theme of custom colors is required")
	}
	if n := len(p.IncludedPortalProductArns); n > 200 {
		return bad("Invalid value specified for IncludedPortalProductArns: a portal includes at most 200 products, got %d", n)
	}
	sortedArns := slices.Sorted(slices.Values(p.IncludedPortalProductArns))
	if len(slices.Compact(sortedArns)) != len(p.IncludedPortalProductArns) {
		return bad("Invalid value specified for IncludedPortalProductArns: a product is included twice")
	}
	return first(length("DisplayName", p.PortalContent.DisplayName, 3, 255), length("Description", p.PortalContent.Description, 0, 1024), ValidateTags(p.Tags))
}

// PortalPage is what a portal shows: its content and that of its products as they
// were when it was published or previewed.
type PortalPage struct {
	PortalId string          `json:"portalId"`
	Portal   Portal          `json:"portal"`
	Products []ProductOnPage `json:"products,omitempty"`
	From     int64           `json:"from,omitempty"` // when it is served, nanoseconds since 1970
}

// ProductOnPage is a product with its pages, in the order in which they are shown.
type ProductOnPage struct {
	Product   PortalProduct             `json:"product"`
	Pages     []ProductPage             `json:"pages,omitempty"`
	Endpoints []ProductRestEndpointPage `json:"endpoints,omitempty"`
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
