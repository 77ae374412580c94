package openapi

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// backend is an integration as documents write it.
type backend struct {
	Type                 word                       `json:"type"`
	HttpMethod           word                       `json:"httpMethod"`
	Uri                  word                       `json:"uri"`
	PayloadFormatVersion word                       `json:"payloadFormatVersion"`
	ConnectionId         word                       `json:"connectionId"`
	ConnectionType       word                       `json:"connectionType"`
	Credentials          word                       `json:"credentials"`
	Description          word                       `json:"description"`
	IntegrationSubtype   word                       `json:"integrationSubtype"`
	RequestParameters    map[string]word            `json:"requestParameters"`
	ResponseParameters   map[string]map[string]word `json:"responseParameters"`
	TimeoutInMillis      *number                    `json:"timeoutInMillis"`
	TlsConfig            *resource.TlsConfig        `json:"tlsConfig"`
}

// backendMembers are the members of backend, and what belongs to all objects.
var backendMembers = []string{"type", "httpMethod", "uri", "payloadFormatVersion", "connectionId", "connectionType", "credentials", "description",
	"integrationSubtype", "requestParameters", "responseParameters", "timeoutInMillis", "tlsConfig", "$ref"}

// integration reads the integration of an operation, which may be a reference.
// Documented: API Gateway Developer Guide, x-amazon-apigateway-integration, and
// x-amazon-apigateway-integrations for those that operations share.
func (d *reader) integration(route *Route, path string, operation tree.Node) error {
	n := operation.Get(integrationMember)
	if d.options.Backend != "" {
		if n.There() {
			d.leaveOut("the integration of "+route.RouteKey, "its requests go to the backend", "The integration at "+route.RouteKey+" was ignored: its requests go to the backend")
		}
		d.forward(route, path)
		return nil
	}
	if !n.There() {
		d.info("The operation at " + route.RouteKey + " has no integration")
		return nil
	}
	reference := n.Get("$ref").Text()
	if reference != "" {
		// Operations that name one component share one integration, as they did in the
		// API that was exported.
		if i, ok := d.shared[reference]; ok {
			route.Integration = i
			return nil
		}
		if n = d.follow(n); !n.There() && d.unread(Pointer(reference)) {
			return nil
		} else if !n.There() {
			return d.refused([]string{integrationMember, "$ref"}, "Unable to parse API definition because of a malformed integration at path %s: %s is missing", route.RouteKey, reference)
		}
	}
	if err := d.pay(n); err != nil {
		return err
	}
	i, err := d.backend(n, route)
	if err != nil {
		return err
	}
	switch i.IntegrationType {
	// Documented: API Gateway V2 API Reference, CreateIntegration: AWS, HTTP and
	// MOCK are for WebSocket APIs.
	case resource.TypeAWSProxy, resource.TypeHTTPProxy:
	default:
		why := "HTTP APIs have no integration type " + i.IntegrationType
		warning := "The integration type " + i.IntegrationType + " at " + route.RouteKey + " is not supported for HTTP APIs and was ignored"
		if i.IntegrationType == "" {
			why, warning = "it has no type", "The integration at "+route.RouteKey+" has no type and was ignored"
		}
		d.leaveOut("the integration of "+route.RouteKey, why, warning)
		return nil
	}
	for name := range n.Members() {
		if !slices.Contains(backendMembers, name) {
			d.info("The member " + name + " of the integration at " + route.RouteKey + " is not supported for HTTP APIs and was ignored")
		}
	}
	route.Integration = len(d.Integrations)
	d.Integrations = append(d.Integrations, *i)
	if reference != "" {
		d.shared[reference] = route.Integration
	}
	return nil
}

// backend reads an integration; one that aliases repeat is read once.
func (d *reader) backend(n tree.Node, route *Route) (*resource.Integration, error) {
	if i := d.read[n]; i != nil {
		return i, nil
	}
	i, err := d.readBackend(n, route)
	if err == nil {
		d.read[n] = i
	}
	return i, err
}

func (d *reader) readBackend(n tree.Node, route *Route) (*resource.Integration, error) {
	var b backend
	if err := d.part(n, &b, []string{integrationMember}, "Unable to parse API definition because of a malformed integration at path "+route.RouteKey+": "); err != nil {
		return nil, err
	}
	// Exports write the type in lower case, the management API has it in upper case.
	i := &resource.Integration{
		IntegrationType: strings.ToUpper(string(b.Type)), IntegrationMethod: strings.ToUpper(string(b.HttpMethod)), IntegrationUri: string(b.Uri),
		PayloadFormatVersion: version(string(b.PayloadFormatVersion)), ConnectionId: string(b.ConnectionId), ConnectionType: strings.ToUpper(string(b.ConnectionType)),
		CredentialsArn: string(b.Credentials), Description: string(b.Description), IntegrationSubtype: string(b.IntegrationSubtype),
		RequestParameters: texted(b.RequestParameters), TlsConfig: b.TlsConfig,
	}
	if b.TimeoutInMillis != nil {
		i.SetTimeout(int32(*b.TimeoutInMillis))
	}
	// Documented: API Gateway Developer Guide, Transform API requests and responses
	// for HTTP APIs: response parameters are told apart by the status of the
	// backend.
	for status, parameters := range b.ResponseParameters {
		if i.ResponseParameters == nil {
			i.ResponseParameters = map[string]map[string]string{}
		}
		i.ResponseParameters[status] = texted(parameters)
	}
	// The extension that names an operation of any method also stands for the method
	// of its integration.
	if strings.EqualFold(i.IntegrationMethod, "X-AMAZON-APIGATEWAY-ANY-METHOD") {
		i.IntegrationMethod = "ANY"
	}
	if i.IntegrationSubtype != "" {
		i.IntegrationMethod = "" // a service integration has none
	}
	return i, nil
}

// version reads a payload format version that may be written as a number.
// Assumed: without one it is 1.0.
func version(s string) string {
	switch s {
	case "", "1":
		return "1.0"
	case "2":
		return "2.0"
	}
	return s
}

func texted(m map[string]word) map[string]string {
	if len(m) == 0 {
		return nil
	}
	texts := make(map[string]string, len(m))
	for key, value := range m {
		texts[key] = string(value)
	}
	return texts
}
