package openapi

import (
	"strings"

	"go.yaml.in/yaml/v3"

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
	TimeoutInMillis      number                     `json:"timeoutInMillis"`
	TlsConfig            *resource.TlsConfig        `json:"tlsConfig"`
}

// integration reads the integration of an operation, which may be a reference.
func (d *reader) integration(route *Route, operation *yaml.Node) error {
	n := get(operation, integrationMember)
	if n == nil {
		d.info("The operation at " + route.RouteKey + " has no integration")
		return nil
	}
	reference := text(get(n, "$ref"))
	if reference != "" {
		if i, ok := d.shared[reference]; ok {
			route.Integration = i
			return nil
		}
		if n = d.target(reference); n == nil {
			return refuse("Unable to parse API definition because of a malformed integration at path %s: %s is missing", route.RouteKey, reference)
		}
	}
	i, err := readBackend(n)
	if err != nil {
		return refuse("Unable to parse API definition because of a malformed integration at path %s: %v", route.RouteKey, err)
	}
	switch i.IntegrationType {
	case resource.TypeAWSProxy, resource.TypeHTTPProxy:
	default:
		d.warn("The integration type " + i.IntegrationType + " at " + route.RouteKey + " is not supported for HTTP APIs and was ignored")
		return nil
	}
	route.Integration = len(d.Integrations)
	d.Integrations = append(d.Integrations, *i)
	if reference != "" {
		d.shared[reference] = route.Integration
	}
	return nil
}

func readBackend(n *yaml.Node) (*resource.Integration, error) {
	var b backend
	if err := decode(n, &b); err != nil {
		return nil, err
	}
	i := &resource.Integration{
		IntegrationType: strings.ToUpper(string(b.Type)), IntegrationMethod: strings.ToUpper(string(b.HttpMethod)), IntegrationUri: string(b.Uri),
		PayloadFormatVersion: version(string(b.PayloadFormatVersion)), ConnectionId: string(b.ConnectionId), ConnectionType: strings.ToUpper(string(b.ConnectionType)),
		CredentialsArn: string(b.Credentials), Description: string(b.Description), IntegrationSubtype: string(b.IntegrationSubtype),
		RequestParameters: plain(b.RequestParameters), TimeoutInMillis: int32(b.TimeoutInMillis), TlsConfig: b.TlsConfig,
	}
	for status, parameters := range b.ResponseParameters {
		if i.ResponseParameters == nil {
			i.ResponseParameters = map[string]map[string]string{}
		}
		i.ResponseParameters[status] = plain(parameters)
	}
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

func plain(m map[string]word) map[string]string {
	if len(m) == 0 {
		return nil
	}
	texts := make(map[string]string, len(m))
	for key, value := range m {
		texts[key] = string(value)
	}
	return texts
}
