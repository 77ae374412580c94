package wire

import (
	"reflect"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
)

func requestOf(t *testing.T, operation, body string) *Request {
	t.Helper()
	r, err := decode(new(Request), Lookup(operation), nil, "", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func five() *int32 { n := int32(5); return &n }

func TestApply(t *testing.T) {
	yes := true
	tests := []struct {
		name, operation, body string
		noun, want            any
	}{
		{"onto nothing", "CreateRoute", `{"routeKey":"k","apiKeyRequired":true,"authorizationScopes":[],"requestParameters":{"a":{"required":true}}}`,
			&resource.Route{}, &resource.Route{RouteKey: "k", ApiKeyRequired: true, AuthorizationScopes: []string{},
				RequestParameters: map[string]resource.ParameterConstraints{"a": {Required: true}}}},
		{"an empty text", "UpdateApi", `{"description":""}`, &resource.Api{Description: "d", Name: "n"}, &resource.Api{Name: "n"}},
		{"members of a structure", "UpdateAuthorizer", `{"jwtConfiguration":{"audience":["b"]}}`,
			&resource.Authorizer{JwtConfiguration: &resource.JWTConfiguration{Audience: []string{"a", "x"}, Issuer: "i"}},
			&resource.Authorizer{JwtConfiguration: &resource.JWTConfiguration{Audience: []string{"b"}, Issuer: "i"}}},
		{"a structure that is replaced", "UpdateApi", `{"corsConfiguration":{"allowOrigins":["b"],"maxAge":5}}`,
			&resource.Api{CorsConfiguration: &resource.Cors{AllowOrigins: []string{"a", "x"}, AllowMethods: []string{"GET"}}},
			&resource.Api{CorsConfiguration: &resource.Cors{AllowOrigins: []string{"b"}, MaxAge: five()}}},
		{"a structure without members that is kept", "UpdateApi", `{"corsConfiguration":{ "maxAge" : null }}`,
			&resource.Api{CorsConfiguration: &resource.Cors{MaxAge: five()}}, &resource.Api{CorsConfiguration: &resource.Cors{MaxAge: five()}}},
		{"an empty list within is no empty structure", "UpdateApi", `{"corsConfiguration":{"allowOrigins":[]}}`,
			&resource.Api{CorsConfiguration: &resource.Cors{MaxAge: five()}}, &resource.Api{CorsConfiguration: &resource.Cors{AllowOrigins: []string{}}}},
		{"an empty text that is kept", "UpdateStage", `{"description":"","deploymentId":""}`, &resource.Stage{Description: "d", DeploymentId: "i"}, &resource.Stage{Description: "d", DeploymentId: "i"}},
		{"a structure of empty texts that clears", "UpdateDomainName", `{"mutualTlsAuthentication":{"truststoreUri":""}}`,
			&resource.DomainName{MutualTlsAuthentication: &resource.MutualTlsAuthentication{TruststoreUri: "u", TruststoreVersion: "v"}}, &resource.DomainName{}},
		{"one that has something", "UpdateDomainName", `{"mutualTlsAuthentication":{"truststoreVersion":"w"}}`,
			&resource.DomainName{MutualTlsAuthentication: &resource.MutualTlsAuthentication{TruststoreUri: "u", TruststoreVersion: "v"}},
			&resource.DomainName{MutualTlsAuthentication: &resource.MutualTlsAuthentication{TruststoreUri: "u", TruststoreVersion: "w"}}},
		{"a map that is replaced", "UpdateIntegrationResponse", `{"responseTemplates":{"b":"2"}}`,
			&resource.IntegrationResponse{ResponseTemplates: map[string]string{"a": "1"}}, &resource.IntegrationResponse{ResponseTemplates: map[string]string{"b": "2"}}},
		{"a map of which empty values go", "UpdateStage", `{"stageVariables":{"a":"","b":"2"}}`,
			&resource.Stage{StageVariables: map[string]string{"a": "1", "c": "3"}}, &resource.Stage{StageVariables: map[string]string{"b": "2", "c": "3"}}},
		{"a map of maps of which empty values go", "UpdateIntegration", `{"responseParameters":{"200":{"x":""},"404":{"a":"","b":"c"},"500":{}}}`,
			&resource.Integration{ResponseParameters: map[string]map[string]string{"200": {"x": "y"}, "500": {"x": "y"}, "503": {"x": "y"}}},
			&resource.Integration{ResponseParameters: map[string]map[string]string{"404": {"b": "c"}, "503": {"x": "y"}}}},
		{"a map that is replaced by what is not empty", "UpdateRouteResponse", `{"responseModels":{"a":"","b":"M"}}`,
			&resource.RouteResponse{ResponseModels: map[string]string{"c": "N"}}, &resource.RouteResponse{ResponseModels: map[string]string{"b": "M"}}},
		{"a map by key", "UpdateStage", `{"routeSettings":{"b":{"dataTraceEnabled":true}}}`,
			&resource.Stage{RouteSettings: map[string]resource.RouteSettings{"a": {LoggingLevel: "INFO"}, "b": {LoggingLevel: "OFF"}}},
			&resource.Stage{RouteSettings: map[string]resource.RouteSettings{"a": {LoggingLevel: "INFO"}, "b": {DataTraceEnabled: &yes}}}},
		{"a list of structures is replaced", "UpdateDomainName", `{"domainNameConfigurations":[{"certificateArn":"new"}]}`,
			&resource.DomainName{DomainNameConfigurations: []resource.DomainNameConfiguration{{CertificateArn: "old", HostedZoneId: "Z"}}},
			&resource.DomainName{DomainNameConfigurations: []resource.DomainNameConfiguration{{CertificateArn: "new"}}}},
		{"maps of maps", "UpdateIntegration", `{"responseParameters":{"404":{"a":"b"}}}`,
			&resource.Integration{ResponseParameters: map[string]map[string]string{"200": {"x": "y"}, "404": {"c": "d"}}},
			&resource.Integration{ResponseParameters: map[string]map[string]string{"200": {"x": "y"}, "404": {"a": "b"}}}},
		{"members of another case", "UpdateAuthorizer", `{"jwtConfiguration":{"Issuer":"i"}}`, &resource.Authorizer{}, &resource.Authorizer{JwtConfiguration: &resource.JWTConfiguration{}}},
		{"numbers", "CreateStage", `{"stageName":"s","defaultRouteSettings":{"throttlingRateLimit":5,"throttlingBurstLimit":5}}`, &resource.Stage{},
			&resource.Stage{StageName: "s", DefaultRouteSettings: &resource.RouteSettings{ThrottlingBurstLimit: five(), ThrottlingRateLimit: func() *float64 { f := 5.0; return &f }()}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := requestOf(t, test.operation, test.body).Apply(test.noun); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(test.noun, test.want) {
				t.Errorf("got  %+v\nwant %+v", test.noun, test.want)
			}
		})
	}
}

func TestApplyLeavesWhatWasShared(t *testing.T) {
	old := resource.Api{CorsConfiguration: &resource.Cors{AllowOrigins: []string{"a"}}, Tags: map[string]string{"k": "v"}}
	changed := old
	r := requestOf(t, "UpdateApi", `{"corsConfiguration":{"allowOrigins":["b"],"maxAge":5}}`)
	if err := r.Apply(&changed); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(old.CorsConfiguration, &resource.Cors{AllowOrigins: []string{"a"}}) {
		t.Errorf("the noun before has changed: %+v", old.CorsConfiguration)
	}
}

func TestApplyNamesWhatDoesNotFit(t *testing.T) {
	r := requestOf(t, "CreateApi", `{"name":"n","protocolType":"HTTP","corsConfiguration":{"maxAge":5}}`)
	var other struct {
		Cors struct {
			MaxAge string `json:"maxAge"`
		} `json:"corsConfiguration"`
	}
	err := r.Apply(&other)
	if fault.KindOf(err) != fault.BadRequest || fault.Message(err) != "Invalid value at 'corsConfiguration.maxAge'" {
		t.Errorf("got %v", err)
	}
}

func TestAccessors(t *testing.T) {
	r, err := decode(new(Request), Lookup("ImportApi"), map[string]string{}, "failOnWarnings=TRUE&basepath=prepend", []byte(`{"body":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	if fail, ok := r.Bool("failOnWarnings"); !fail || !ok {
		t.Error("failOnWarnings: got false")
	}
	if _, ok := r.Bool("nonsense"); ok {
		t.Error("a boolean that is not there was found")
	}
	if r.String("basepath") != "prepend" || r.String("body") != "x" || r.String("nonsense") != "" {
		t.Errorf("got %q %q", r.String("basepath"), r.String("body"))
	}
	if !r.Has("body") || !r.Has("basepath") || r.Has("nonsense") {
		t.Error("Has is wrong")
	}
	r = requestOf(t, "CreatePortal", `{"authorization":{"none":{}},"endpointConfiguration":{"acmManaged":{"certificateArn":"arn:aws:acm:x","domainName":"d.test"}},
		"portalContent":{"displayName":"abc","theme":{"customColors":{"accentColor":"1","backgroundColor":"1","errorValidationColor":"1","headerColor":"1","navigationColor":"1","textColor":"1"}}}}`)
	var endpoint struct {
		AcmManaged *resource.ACMManaged `json:"acmManaged"`
	}
	if err := r.Decode("endpointConfiguration", &endpoint); err != nil || endpoint.AcmManaged == nil || endpoint.AcmManaged.DomainName != "d.test" {
		t.Errorf("got %+v, %v", endpoint, err)
	}
	r = requestOf(t, "CreateAuthorizer", `{"name":"n","authorizerType":"JWT","identitySource":["a","b"],"enableSimpleResponses":false}`)
	if got := r.Strings("identitySource"); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("got %v", got)
	}
	if simple, ok := r.Bool("enableSimpleResponses"); simple || !ok {
		t.Error("enableSimpleResponses: want false, and there")
	}
}

// TestRulesOfMembers: a rule of merging stands where it can mean something.
func TestRulesOfMembers(t *testing.T) {
	types := map[string][]Type{
		string(Replace): {Map, Structure}, string(EmptyKeeps): {String, List, Structure}, string(EmptyClears): {Structure}, string(EmptyDrops): {Map},
	}
	rules := 0
	for _, o := range Operations() {
		for i := range o.Input {
			m := &o.Input[i]
			for _, rule := range []string{string(m.Merge), string(m.Empty)} {
				if rule == "" {
					continue
				}
				rules++
				if !slices.Contains(types[rule], m.Shape.Type) || m.In != InBody {
					t.Errorf("%s %s: %q is no rule for a %s in the %s", o.Name, m.Name, rule, m.Shape.Type, m.In)
				}
			}
			if m.Merge == Replace && o.Creates() {
				t.Errorf("%s %s: nothing is there to be replaced", o.Name, m.Name)
			}
		}
	}
	if rules < 20 {
		t.Errorf("got %d rules, want 20 at least", rules)
	}
}
