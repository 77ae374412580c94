package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// serve opens a management server with these handlers and a client of it.
func serve(t *testing.T, handlers map[string]wire.Handler) *Client {
	t.Helper()
	s := httptest.NewServer(wire.NewServer(wire.Config{Handlers: handlers, Region: "eu-west-1", Account: "000000000000",
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}))
	t.Cleanup(s.Close)
	return New(Options{BaseEndpoint: s.URL, Region: "eu-central-1", Credentials: Static("AKID", "secret", "")})
}

func TestEveryOperationHasAMethod(t *testing.T) {
	type seen struct {
		name    string
		members map[string]bool
	}
	var got seen
	handlers := map[string]wire.Handler{}
	for _, o := range wire.Operations() {
		handlers[o.Name] = func(_ context.Context, r *wire.Request) (any, error) {
			got = seen{r.Operation.Name, map[string]bool{}}
			for i := range r.Operation.Input {
				if m := &r.Operation.Input[i]; r.Has(m.Wire) {
					got.members[m.Wire] = true
				}
			}
			if r.Region != "eu-central-1" {
				t.Errorf("%s: region %q, want that of the signature", o.Name, r.Region)
			}
			if r.Operation.Items != "" {
				return wire.Page{Items: []int{}}, nil
			}
			return nil, nil
		}
	}
	c := serve(t, handlers)
	for _, o := range wire.Operations() {
		method := reflect.ValueOf(c).MethodByName(o.Name)
		if !method.IsValid() {
			t.Errorf("%s has no method", o.Name)
			continue
		}
		in := reflect.New(method.Type().In(1).Elem())
		fill(in.Elem(), o)
		out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
		if err, _ := out[1].Interface().(error); err != nil {
			t.Errorf("%s: %v", o.Name, err)
			continue
		}
		if got.name != o.Name {
			t.Errorf("%s: the server was asked for %s", o.Name, got.name)
		}
		for i := range o.Input {
			if !got.members[o.Input[i].Wire] {
				t.Errorf("%s: %s did not arrive", o.Name, o.Input[i].Wire)
			}
		}
	}
}

// fill sets every field of an input to a value that its shape allows.
func fill(v reflect.Value, o *wire.Operation) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		for j := range o.Input {
			if o.Input[j].Name == field.Name {
				if err := json.Unmarshal(sample(&o.Input[j]), v.Field(i).Addr().Interface()); err != nil {
					panic(o.Name + "." + field.Name + ": " + err.Error())
				}
			}
		}
	}
}

func sample(m *wire.Member) []byte {
	if m.Wire == "maxResults" && m.Shape.Type == wire.String {
		return []byte(`"7"`)
	}
	return sampleOf(m.Shape)
}

func sampleOf(s *wire.Shape) []byte {
	switch s.Type {
	case wire.Integer:
		if s.Min != nil {
			b, _ := json.Marshal(*s.Max)
			return b
		}
		return []byte("3")
	case wire.Double:
		return []byte("2.5")
	case wire.Boolean:
		return []byte("true")
	case wire.Timestamp:
		return []byte(`"2020-04-08T00:36:05Z"`)
	case wire.List:
		return []byte("[" + string(sampleOf(s.Elem)) + "]")
	case wire.Map:
		return []byte(`{"k": ` + string(sampleOf(s.Elem)) + "}")
	case wire.Structure:
		var members []string
		for i := range s.Members {
			members = append(members, `"`+s.Members[i].Wire+`": `+string(sampleOf(s.Members[i].Shape)))
		}
		return []byte("{" + strings.Join(members, ",") + "}")
	}
	if len(s.Enum) > 0 {
		return []byte(`"` + s.Enum[0] + `"`)
	}
	n := 20
	if s.Max != nil {
		n = int(min(*s.Max, 20))
	}
	return []byte(`"` + strings.Repeat("a", n) + `"`)
}

func TestUpdateIntegrationResponseSendsWhatIsSet(t *testing.T) {
	var body map[string]json.RawMessage
	var path map[string]string
	c := serve(t, map[string]wire.Handler{"UpdateIntegrationResponse": func(_ context.Context, r *wire.Request) (any, error) {
		body, path = r.Body, r.Path
		stored := resource.IntegrationResponse{IntegrationResponseId: "r", IntegrationResponseKey: "/2\\d\\d/", TemplateSelectionExpression: "x"}
		return &stored, r.Apply(&stored)
	}})
	out, err := c.UpdateIntegrationResponse(t.Context(), &UpdateIntegrationResponseInput{
		ApiId: "a", IntegrationId: "i", IntegrationResponseId: "r/%",
		ResponseTemplates:           map[string]string{"application/json": `{"a":"<&>"}`},
		TemplateSelectionExpression: String(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &resource.IntegrationResponse{IntegrationResponseId: "r", IntegrationResponseKey: "/2\\d\\d/",
		ResponseTemplates: map[string]string{"application/json": `{"a":"<&>"}`}}
	if !reflect.DeepEqual(out, want) {
		t.Errorf("got %+v, want %+v", out, want)
	}
	if path["integrationResponseId"] != "r/%" || path["integrationId"] != "i" || path["apiId"] != "a" {
		t.Errorf("path: got %v", path)
	}
	if len(body) != 2 {
		t.Errorf("body: got %v, want two members", body)
	}
}

func TestExceptionsAreTyped(t *testing.T) {
	tests := []struct {
		kind fault.Kind
		is   func(error) bool
	}{
		{fault.BadRequest, as[*BadRequestException]},
		{fault.NotFound, as[*NotFoundException]},
		{fault.Conflict, as[*ConflictException]},
		{fault.TooManyRequests, as[*TooManyRequestsException]},
		{fault.AccessDenied, as[*AccessDeniedException]},
		{fault.LimitExceeded, as[*LimitExceededException]},
		{fault.Forbidden, as[*UnknownError]},
	}
	for _, test := range tests {
		t.Run(test.kind.Exception(), func(t *testing.T) {
			c := serve(t, map[string]wire.Handler{"GetApi": func(context.Context, *wire.Request) (any, error) {
				return nil, fault.New(test.kind, "no, %s", "because")
			}})
			c.options.RetryMaxAttempts = 1
			_, err := c.GetApi(t.Context(), &GetApiInput{ApiId: "a"})
			if !test.is(err) {
				t.Fatalf("got %T: %v", err, err)
			}
			all, ok := errors.AsType[*ResponseError](err)
			if !ok || all.Message != "no, because" || all.StatusCode != test.kind.Status() || all.Code != test.kind.Exception() || all.RequestID == "" {
				t.Errorf("got %+v", all)
			}
		})
	}
}

func as[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func TestIteratorsGoThroughAllPages(t *testing.T) {
	c := serve(t, map[string]wire.Handler{
		"GetApis": func(_ context.Context, r *wire.Request) (any, error) {
			if _, token := r.Page(); token == "" {
				return wire.Page{Items: []resource.Api{{ApiId: "a"}, {ApiId: "b"}}, NextToken: "more /+="}, nil
			} else if token != "more /+=" {
				return nil, fault.New(fault.BadRequest, "token %q", token)
			}
			return wire.Page{Items: []resource.Api{{ApiId: "c"}}}, nil
		},
		"GetApiKeys": func(_ context.Context, r *wire.Request) (any, error) {
			if _, token := r.Page(); token == "" {
				return wire.Page{Items: []resource.ApiKey{{Id: "k"}}, NextToken: "p"}, nil
			}
			return nil, fault.New(fault.NotFound, "gone")
		},
		"ListRoutingRules": func(context.Context, *wire.Request) (any, error) {
			return wire.Page{Items: []resource.RoutingRule{{RoutingRuleId: "r"}}}, nil
		},
	})
	var got []string
	for api, err := range c.Apis(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, api.ApiId)
	}
	for rule, err := range c.RoutingRules(t.Context(), &ListRoutingRulesInput{DomainName: "d"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rule.RoutingRuleId)
	}
	for key, err := range c.ApiKeys(t.Context(), nil) {
		if err != nil {
			got = append(got, "error")
			continue
		}
		got = append(got, key.Id)
	}
	if want := "a b c r k error"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestExportIsTheBody(t *testing.T) {
	c := serve(t, map[string]wire.Handler{"ExportApi": func(context.Context, *wire.Request) (any, error) {
		return wire.Document{ContentType: "application/yaml", Body: []byte("openapi: 3.0.1\n")}, nil
	}})
	out, err := c.ExportApi(t.Context(), &ExportApiInput{ApiId: "a", Specification: "OAS30", OutputType: "YAML"})
	if err != nil || string(out.Body) != "openapi: 3.0.1\n" || out.ContentType != "application/yaml" {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestInvoke(t *testing.T) {
	c := serve(t, map[string]wire.Handler{"UntagResource": func(_ context.Context, r *wire.Request) (any, error) {
		if got := r.Strings("tagKeys"); !reflect.DeepEqual(got, []string{"a", "b"}) {
			t.Errorf("tag keys: got %v", got)
		}
		if got := r.String("resource-arn"); got != "arn:aws:apigateway:eu-central-1::/apis/a" {
			t.Errorf("arn: got %s", got)
		}
		return nil, nil
	}})
	members := map[string]any{"resource-arn": "arn:aws:apigateway:eu-central-1::/apis/a", "tagKeys": []string{"a", "b"}}
	if body, err := c.Invoke(t.Context(), "UntagResource", members); err != nil || len(body) != 0 {
		t.Errorf("got %q, %v", body, err)
	}
	if _, err := c.Invoke(t.Context(), "UntagResource", map[string]any{"nonsense": 1}); err == nil {
		t.Error("a member that is not there was taken")
	}
	if _, err := c.Invoke(t.Context(), "Nonsense", nil); err == nil {
		t.Error("an operation that is not there was taken")
	}
	if _, err := c.GetApi(t.Context(), &GetApiInput{}); err == nil || !strings.Contains(err.Error(), "ApiId") {
		t.Errorf("an empty id: got %v, want an error that names it", err)
	}
}

func TestRequestsAreSigned(t *testing.T) {
	keys := credential.Of(credential.Key{ID: "AKID", Secret: "secret", SessionToken: "session"})
	verifier := &sigv4.Verifier{Keys: keys, Region: "ap-south-1"}
	handlers := map[string]wire.Handler{}
	for _, name := range []string{"GetApi", "CreateApi", "UntagResource", "DeleteRouteSettings", "GetApis"} {
		handlers[name] = func(context.Context, *wire.Request) (any, error) { return nil, nil }
	}
	s := httptest.NewServer(wire.NewServer(wire.Config{Handlers: handlers, Authenticate: func(r *http.Request) (*wire.Claim, error) {
		claim, err := verifier.Head(r, "apigateway")
		return &wire.Claim{Identity: func(body []byte) (wire.Identity, error) {
			_, err := claim.Body(sigv4.Bytes(body))
			return wire.Identity{}, err
		}}, err
	}}))
	defer s.Close()
	signed := func(secret string) *Client {
		return New(Options{BaseEndpoint: s.URL + "/", Region: "ap-south-1", Credentials: Static("AKID", secret, "session")})
	}
	c := signed("secret")
	calls := map[string]func() error{
		"an id": func() error { _, err := c.GetApi(t.Context(), &GetApiInput{ApiId: "a b/ü+~"}); return err },
		"a body": func() error {
			_, err := c.CreateApi(t.Context(), &CreateApiInput{Name: "ü", ProtocolType: "HTTP"})
			return err
		},
		"an ARN and a query": func() error {
			_, err := c.UntagResource(t.Context(), &UntagResourceInput{ResourceArn: "arn:aws:apigateway:x::/apis/a", TagKeys: []string{"b c", "a+/=&", "*"}})
			return err
		},
		"a route key": func() error {
			_, err := c.DeleteRouteSettings(t.Context(), &DeleteRouteSettingsInput{ApiId: "a", StageName: "$default", RouteKey: "GET /{p+}"})
			return err
		},
		"no input": func() error { _, err := c.GetApis(t.Context(), nil); return err },
	}
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := signed("guess").GetApis(t.Context(), nil)
	if refused, ok := errors.AsType[*UnknownError](err); !ok || refused.Code != sigv4.InvalidSignature || refused.StatusCode != 403 {
		t.Errorf("a wrong secret: got %v", err)
	}
	_, err = New(Options{BaseEndpoint: s.URL, Region: "ap-south-1"}).GetApis(t.Context(), nil)
	if refused, ok := errors.AsType[*UnknownError](err); !ok || refused.Code != sigv4.MissingAuthenticationToken {
		t.Errorf("no signature: got %v", err)
	}
	broken := New(Options{BaseEndpoint: s.URL, Credentials: func(context.Context) (Credentials, error) { return Credentials{}, errors.New("no key today") }})
	if _, err := broken.GetApis(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "no key today") {
		t.Errorf("no credentials: got %v", err)
	}
}
