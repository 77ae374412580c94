package openapi

import (
	"bytes"
	"context"
	goflag "flag"
	"os"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dragoman-gateway/dragoman/resource"
)

var update = goflag.Bool("update", false, "write the golden files anew")

// sample is a configuration with something of everything.
func sample() *resource.Snapshot {
	return &resource.Snapshot{
		Api: resource.Api{ApiId: "a1b2c3d4e5", Name: "Pets", Description: "All: about pets", ProtocolType: resource.HTTP, DisableExecuteApiEndpoint: true,
			CreatedDate: resource.At(time.Date(2026, 3, 4, 12, 56, 53, 0, time.UTC)), Tags: map[string]string{"team": "pets", "cost": "7"},
			CorsConfiguration: &resource.Cors{AllowOrigins: []string{"https://a"}, AllowMethods: []string{"GET", "*"}, AllowHeaders: []string{"x-a"}, ExposeHeaders: []string{"x-b"}, MaxAge: pointer(int32(60)), AllowCredentials: pointer(false)}},
		Authorizers: []resource.Authorizer{
			{AuthorizerId: "jwt1", Name: "login", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"}, JwtConfiguration: &resource.JWTConfiguration{Audience: []string{"a", "b"}, Issuer: "https://idp"}},
			{AuthorizerId: "fun1", Name: "check", AuthorizerType: "REQUEST", AuthorizerUri: "arn:aws:lambda:us-east-1:0:function:f", AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: pointer(true),
				AuthorizerResultTtlInSeconds: pointer(int32(0)), IdentitySource: []string{"$request.header.A", "$context.b"}, AuthorizerCredentialsArn: "arn:aws:iam::0:role/r"},
		},
		Integrations: []resource.Integration{
			{IntegrationId: "one", IntegrationType: "HTTP_PROXY", IntegrationMethod: "GET", IntegrationUri: "https://b/{proxy}", PayloadFormatVersion: "1.0", ConnectionType: "INTERNET", TimeoutInMillis: 5000, Description: "the shop",
				RequestParameters:  map[string]string{"overwrite:path": "/v2$request.path", "append:header.x": "y"},
				ResponseParameters: map[string]map[string]string{"500": {"overwrite:statuscode": "503"}, "200": {"remove:header.x": "''"}}},
			{IntegrationId: "two", IntegrationType: "AWS_PROXY", IntegrationMethod: "POST", IntegrationUri: "arn:aws:lambda:us-east-1:0:function:g", PayloadFormatVersion: "2.0", ConnectionType: "INTERNET", TimeoutInMillis: 30000},
			{IntegrationId: "three", IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationUri: "arn:aws:elasticloadbalancing:us-east-1:0:listener/a", PayloadFormatVersion: "1.0", ConnectionType: "VPC_LINK", ConnectionId: "l1nk", TimeoutInMillis: 30000, TlsConfig: &resource.TlsConfig{ServerNameToVerify: "b"}},
			{IntegrationId: "four", IntegrationType: "AWS_PROXY", IntegrationSubtype: "SQS-SendMessage", CredentialsArn: "arn:aws:iam::0:role/r", PayloadFormatVersion: "1.0", ConnectionType: "INTERNET", TimeoutInMillis: 30000, RequestParameters: map[string]string{"QueueUrl": "u", "MessageBody": "$request.body"}},
		},
		Routes: []resource.Route{
			{RouteId: "r1", RouteKey: "GET /pets/{id}", Target: "integrations/one", AuthorizationType: "JWT", AuthorizerId: "jwt1", AuthorizationScopes: []string{"read", "write"}, OperationName: "getPet"},
			{RouteId: "r2", RouteKey: "POST /pets/{id}", Target: "integrations/two", AuthorizationType: "CUSTOM", AuthorizerId: "fun1", OperationName: "getPet"},
			{RouteId: "r3", RouteKey: "ANY /shop/{proxy+}", Target: "integrations/three", AuthorizationType: "NONE"},
			{RouteId: "r4", RouteKey: "GET /shop/{proxy+}", Target: "integrations/two", AuthorizationType: "AWS_IAM"},
			{RouteId: "r5", RouteKey: "$default", Target: "integrations/four", AuthorizationType: "NONE"},
			{RouteId: "r6", RouteKey: "DELETE /", AuthorizationType: "NONE"},
		},
	}
}

// judge holds a document to the OpenAPI specification.
func judge(t *testing.T, document []byte) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatalf("not OpenAPI: %v\n%s", err, document)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatalf("not valid OpenAPI: %v\n%s", err, document)
	}
}

var exports = map[string]Export{
	"everything.json": {Endpoint: "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", Stage: "prod", Extensions: true, Format: JSON},
	"everything.yaml": {Endpoint: "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", Stage: "$default", Extensions: true, Format: YAML},
	"plain.yaml":      {Endpoint: "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", Extensions: false, Format: YAML},
}

func TestWrite(t *testing.T) {
	for name, e := range exports {
		t.Run(name, func(t *testing.T) {
			got, err := Write(sample(), e)
			if err != nil {
				t.Fatal(err)
			}
			judge(t, got)
			file := "testdata/" + name
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

// snapshot makes of a definition what an import would store.
func snapshot(d *Definition) *resource.Snapshot {
	s := &resource.Snapshot{Api: resource.Api{Name: d.Title, Version: d.Version, Description: d.Description, Tags: d.Tags, CorsConfiguration: d.Cors},
		Authorizers: d.Authorizers, Integrations: d.Integrations}
	s.Api.DisableExecuteApiEndpoint = d.DisableEndpoint != nil && *d.DisableEndpoint
	for i := range s.Authorizers {
		s.Authorizers[i].AuthorizerId = s.Authorizers[i].Name
	}
	for i := range s.Integrations {
		s.Integrations[i].IntegrationId = string(rune('a' + i))
	}
	for _, r := range d.Routes {
		route := r.Route
		route.AuthorizerId = r.Authorizer
		if r.Integration >= 0 {
			route.Target = "integrations/" + s.Integrations[r.Integration].IntegrationId
		}
		s.Routes = append(s.Routes, route)
	}
	return s
}

// TestStable writes, reads and writes again.
func TestStable(t *testing.T) {
	for name, e := range exports {
		if !e.Extensions {
			continue
		}
		t.Run(name, func(t *testing.T) {
			first, err := Write(sample(), e)
			if err != nil {
				t.Fatal(err)
			}
			d := read(t, string(first), Options{})
			if len(d.Warnings) > 0 {
				t.Errorf("got warnings %q, want none", d.Warnings)
			}
			second, err := Write(snapshot(d), e)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first, second) {
				t.Errorf("want -, got +:\n%s", cmp.Diff(string(first), string(second)))
			}
		})
	}
}

// TestNothingIsLost compares what was written with what is read.
func TestNothingIsLost(t *testing.T) {
	want := sample()
	document, err := Write(want, exports["everything.json"])
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, string(document), Options{})
	ids := cmp.Options{cmpopts.IgnoreFields(resource.Integration{}, "IntegrationId", "TimeoutInMillis"), cmpopts.IgnoreFields(resource.Authorizer{}, "AuthorizerId"), cmpopts.EquateEmpty()}
	byUri := cmpopts.SortSlices(func(a, b resource.Integration) bool { return a.IntegrationUri < b.IntegrationUri })
	if diff := cmp.Diff(want.Integrations, got.Integrations, ids, byUri); diff != "" {
		t.Errorf("integrations, want -, got +:\n%s", diff)
	}
	if diff := cmp.Diff(want.Authorizers, got.Authorizers, ids); diff != "" {
		t.Errorf("authorizers, want -, got +:\n%s", diff)
	}
	if diff := cmp.Diff(want.Api.CorsConfiguration, got.Cors); diff != "" {
		t.Errorf("CORS, want -, got +:\n%s", diff)
	}
	keys := map[string]bool{}
	for _, r := range got.Routes {
		keys[r.RouteKey] = true
	}
	for _, r := range want.Routes {
		if !keys[r.RouteKey] {
			t.Errorf("the route %s is lost", r.RouteKey)
		}
	}
}

func TestNamesThatOpenAPIRefuses(t *testing.T) {
	s := sample()
	s.Authorizers[0].Name, s.Authorizers[1].Name = "my login", "my/login"
	document, err := Write(s, exports["everything.json"])
	if err != nil {
		t.Fatal(err)
	}
	judge(t, document)
	d := read(t, string(document), Options{})
	if a, b := d.Authorizers[0].Name, d.Authorizers[1].Name; a != "my_login" || b != "my_login2" {
		t.Errorf("got names %q and %q, want two of their own", a, b)
	}
}
