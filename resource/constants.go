package resource

// Protocols of an API.
const (
	WebSocket = "WEBSOCKET"
	HTTP      = "HTTP"
)

// Integration types.
const (
	TypeAWS       = "AWS"
	TypeAWSProxy  = "AWS_PROXY"
	TypeHTTP      = "HTTP"
	TypeHTTPProxy = "HTTP_PROXY"
	TypeMock      = "MOCK"
)

// Connection types of an integration.
const (
	Internet    = "INTERNET"
	VpcLinkType = "VPC_LINK"
)

// Content handling strategies.
const (
	ConvertToBinary = "CONVERT_TO_BINARY"
	ConvertToText   = "CONVERT_TO_TEXT"
)

// Passthrough behaviours of a request without a template.
const (
	WhenNoMatch     = "WHEN_NO_MATCH"
	WhenNoTemplates = "WHEN_NO_TEMPLATES"
	Never           = "NEVER"
)

// Authorization types of a route.
const (
	AuthNone   = "NONE"
	AuthIAM    = "AWS_IAM"
	AuthCustom = "CUSTOM"
	AuthJWT    = "JWT"
)

// Authorizer types.
const (
	AuthorizerRequest = "REQUEST"
	AuthorizerJWT     = "JWT"
)

// Keys with a meaning of their own: routes, route responses, integration
// responses, and the stage that has no name in the path.
const (
	DefaultKey    = "$default"
	ConnectKey    = "$connect"
	DisconnectKey = "$disconnect"
)

// Deployment states.
const (
	Pending  = "PENDING"
	Failed   = "FAILED"
	Deployed = "DEPLOYED"
)

// Limits that AWS does not raise.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas; the first in
// the API Gateway V2 API Reference, StringWithLengthBetween0And32K.
const (
	MaxTemplate         = 32768 // characters of one mapping template or schema
	MaxTimeoutWebSocket = 29000 // milliseconds
	MaxTimeoutHTTP      = 30000
	MinTimeout          = 50
	MaxTags             = 50
	MaxStageVariables   = 100
)
