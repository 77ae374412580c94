package wire

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
)

// nounOf gives the noun that an operation's body is applied to.
func nounOf(name string) any {
	switch {
	case strings.HasSuffix(name, "IntegrationResponse"):
		return &resource.IntegrationResponse{ResponseTemplates: map[string]string{"a": "b"}}
	case strings.HasSuffix(name, "Integration"):
		return &resource.Integration{ResponseParameters: map[string]map[string]string{"200": {"a": "b"}}}
	case strings.HasSuffix(name, "Stage"):
		return &resource.Stage{RouteSettings: map[string]resource.RouteSettings{"a": {}}}
	case strings.HasSuffix(name, "DomainName"):
		return &resource.DomainName{DomainNameConfigurations: []resource.DomainNameConfiguration{{HostedZoneId: "Z"}}}
	case strings.HasSuffix(name, "RoutingRule"):
		return &resource.RoutingRule{}
	}
	return &resource.Api{CorsConfiguration: &resource.Cors{}}
}

// FuzzDecode holds the decoder to: no panic, only BadRequest, and whatever it
// takes can be applied to a noun. A create never sets an optional text to nothing.
func FuzzDecode(f *testing.F) {
	f.Add(uint8(0), "", `{"name":"x","protocolType":"HTTP","corsConfiguration":{"allowOrigins":["*"],"maxAge":1}}`)
	f.Add(uint8(96), "maxResults=5&tagKeys=a", `{"routeSettings":{"a":{"throttlingRateLimit":1e400}}}`)
	f.Add(uint8(88), "", `{"responseTemplates":{"a":"\ud800"},"responseParameters":{"k":null}}`)
	f.Add(uint8(87), "%", `{"tlsConfig":{"serverNameToVerify":[[[[`)
	f.Add(uint8(6), "", `{"integrationType":"MOCK","integrationUri":"","tlsConfig":{"serverNameToVerify":""}}`)
	f.Add(uint8(12), "", `{"stageName":"s","routeSettings":{"a":{"loggingLevel":""}},"accessLogSettings":null}`)
	operations := Operations()
	f.Fuzz(func(t *testing.T, which uint8, query, body string) {
		o := operations[int(which)%len(operations)]
		r, err := decode(new(Request), o, map[string]string{}, query, []byte(body))
		if err != nil {
			if fault.KindOf(err) != fault.BadRequest || fault.Message(err) == "" {
				t.Errorf("%s: got %v", o.Name, err)
			}
			return
		}
		for i := range o.Input {
			m := &o.Input[i]
			if o.Creates() && !m.Required && isText(m.Shape.Type) && string(r.Body[m.Wire]) == `""` {
				t.Errorf("%s: %s is set to nothing", o.Name, m.Wire)
			}
		}
		noun := nounOf(o.Name)
		if err := r.Apply(noun); err != nil {
			t.Errorf("%s: what was decoded cannot be applied: %v", o.Name, err)
		}
		if _, err := json.Marshal(noun); err != nil {
			t.Errorf("%s: what was applied cannot be encoded: %v", o.Name, err)
		}
	})
}

// FuzzRouter holds the router to: no panic, and an escaped path finds its way back.
func FuzzRouter(f *testing.F) {
	f.Add("GET", "/v2/apis/a/stages/%24default/", "a/b c")
	f.Add("DELETE", "//v2//apis/%zz", "")
	r := newRouter(Operations())
	f.Fuzz(func(t *testing.T, method, path, id string) {
		r.find(method, path, nil)
		if id == "" || strings.ToValidUTF8(id, "") != id {
			return
		}
		found := r.find("GET", "/v2/apis/"+url.PathEscape(id)+"/routes", nil)
		if found.operation == nil || found.operation.Name != "GetRoutes" || found.path["apiId"] != id {
			t.Errorf("%q: got %+v", id, found)
		}
	})
}
