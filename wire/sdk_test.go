package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/wire"
)

// sdkFor gives an AWS SDK client of a server with these handlers.
func sdkFor(t *testing.T, handlers map[string]wire.Handler) *apigatewayv2.Client {
	t.Helper()
	s := httptest.NewServer(wire.NewServer(wire.Config{Handlers: handlers, Region: "us-east-1", Account: "000000000000",
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}))
	t.Cleanup(s.Close)
	return apigatewayv2.New(apigatewayv2.Options{BaseEndpoint: aws.String(s.URL), Region: "eu-west-2", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, nil
		})})
}

// sample is a value that a shape allows, as JSON has it, different for each name.
func sample(s *wire.Shape, name string) any {
	switch s.Type {
	case wire.Integer:
		if s.Max != nil {
			return float64(*s.Max)
		}
		return float64(len(name))
	case wire.Double:
		return float64(len(name)) + 0.5
	case wire.Boolean:
		return true
	case wire.Timestamp:
		return "2020-04-08T00:36:05Z"
	case wire.List:
		return []any{sample(s.Elem, name+"1"), sample(s.Elem, name+"2")}
	case wire.Map:
		return map[string]any{"k /$": sample(s.Elem, name), "l": sample(s.Elem, name+"2")}
	case wire.Structure:
		out := map[string]any{}
		for i := range s.Members {
			out[s.Members[i].Wire] = sample(s.Members[i].Shape, s.Members[i].Wire)
		}
		return out
	case wire.Blob:
		return name
	}
	return word(s, name)
}

func word(s *wire.Shape, name string) any {
	if len(s.Enum) > 0 {
		return s.Enum[len(s.Enum)-1]
	}
	if name == "maxResults" {
		return "11"
	}
	if s.Pattern != nil {
		return strings.Repeat("a", int(*s.Min))
	}
	text := name + ` <&"é/$`
	if runes := []rune(text); s.Max != nil && len(runes) > int(*s.Max) {
		return string(runes[:*s.Max])
	}
	if s.Min != nil {
		text += strings.Repeat("x", max(0, int(*s.Min)-utf8.RuneCountInString(text)))
	}
	return text
}

// set fills an SDK value with a sample of its shape.
func set(v reflect.Value, s *wire.Shape, value any) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		set(v.Elem(), s, value)
		return
	}
	switch s.Type {
	case wire.Structure:
		for i := range s.Members {
			m := &s.Members[i]
			set(v.FieldByName(m.Name), m.Shape, value.(map[string]any)[m.Wire])
		}
	case wire.List:
		items := value.([]any)
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			set(v.Index(i), s.Elem, item)
		}
	case wire.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for key, item := range value.(map[string]any) {
			elem := reflect.New(v.Type().Elem()).Elem()
			set(elem, s.Elem, item)
			v.SetMapIndex(reflect.ValueOf(key), elem)
		}
	case wire.Timestamp:
		at, err := time.Parse(time.RFC3339, value.(string))
		if err != nil {
			panic(err)
		}
		v.Set(reflect.ValueOf(at))
	default:
		v.Set(reflect.ValueOf(value).Convert(v.Type()))
	}
}

// get reads an SDK value back to what JSON has.
func get(v reflect.Value, s *wire.Shape) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		return get(v.Elem(), s)
	}
	switch s.Type {
	case wire.Structure:
		out := map[string]any{}
		for i := range s.Members {
			m := &s.Members[i]
			out[m.Wire] = get(v.FieldByName(m.Name), m.Shape)
		}
		return out
	case wire.List:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = get(v.Index(i), s.Elem)
		}
		return out
	case wire.Map:
		out := map[string]any{}
		for _, key := range v.MapKeys() {
			out[key.String()] = get(v.MapIndex(key), s.Elem)
		}
		return out
	case wire.Timestamp:
		return v.Interface().(time.Time).UTC().Format(time.RFC3339)
	case wire.Integer:
		return float64(v.Int())
	case wire.Double:
		return v.Float()
	case wire.Boolean:
		return v.Bool()
	case wire.Blob:
		return string(v.Bytes())
	}
	return v.String()
}

// received gives a member of a request as JSON has it.
func received(r *wire.Request, m *wire.Member) any {
	switch {
	case m.In == wire.InPath:
		return r.Path[m.Wire]
	case m.In == wire.InBody:
		var value any
		_ = json.Unmarshal(r.Body[m.Wire], &value)
		return value
	case m.Shape.Type == wire.List:
		list := []any{}
		for _, text := range r.Strings(m.Wire) {
			list = append(list, text)
		}
		return list
	case m.Shape.Type == wire.Boolean:
		value, _ := r.Bool(m.Wire)
		return value
	case m.Shape.Type == wire.Integer:
		limit, _ := r.Page()
		return float64(limit)
	}
	return r.String(m.Wire)
}

// noun makes the answer of an operation: the type that our client gives it, with
// every member of the model set.
func noun(t *testing.T, o *wire.Operation) any {
	t.Helper()
	if len(o.Output) == 0 || o.V1 {
		return nil
	}
	all := sample(&wire.Shape{Type: wire.Structure, Members: o.Output}, "").(map[string]any)
	if o.Name == "ExportApi" {
		return wire.Document{ContentType: "application/octet-stream", Body: []byte(all["body"].(string))}
	}
	method := reflect.ValueOf(client.New(client.Options{})).MethodByName(o.Name)
	out := reflect.New(method.Type().Out(0).Elem())
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, out.Interface()); err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	if o.Items != "" {
		page := out.Elem()
		return wire.Page{Items: page.FieldByName("Items").Interface(), NextToken: page.FieldByName("NextToken").Elem().String()}
	}
	return out.Interface()
}

// TestTheSDKAgrees sends every operation with every member set through the AWS
// SDK, and answers with every member set.
func TestTheSDKAgrees(t *testing.T) {
	var got *wire.Request
	handlers := map[string]wire.Handler{}
	for _, o := range wire.Operations() {
		answer := noun(t, o)
		handlers[o.Name] = func(_ context.Context, r *wire.Request) (any, error) {
			got = r
			return answer, nil
		}
	}
	sdk := reflect.ValueOf(sdkFor(t, handlers))
	proven := 0
	for _, o := range wire.Operations() {
		if o.V1 {
			continue
		}
		t.Run(o.Name, func(t *testing.T) {
			got = nil
			method := sdk.MethodByName(o.Name)
			in := reflect.New(method.Type().In(1).Elem())
			if n := in.Elem().NumField() - 1; n != len(o.Input) { // one is noSmithyDocumentSerde
				t.Errorf("the SDK's input has %d members, the table %d", n, len(o.Input))
			}
			want := map[string]any{}
			for i := range o.Input {
				m := &o.Input[i]
				want[m.Wire] = sample(m.Shape, m.Wire)
				set(in.Elem().FieldByName(m.Name), m.Shape, want[m.Wire])
			}
			out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
			if err, _ := out[1].Interface().(error); err != nil {
				t.Fatal(err)
			}
			if got.Operation != o || got.Region != "eu-west-2" || got.AccessKey != "AKID" {
				t.Errorf("got %s in %q by %q", got.Operation.Name, got.Region, got.AccessKey)
			}
			for i := range o.Input {
				m := &o.Input[i]
				if value := received(got, m); !reflect.DeepEqual(value, want[m.Wire]) {
					t.Errorf("%s: got %v, want %v", m.Name, value, want[m.Wire])
				}
			}
			for i := range o.Output {
				m := &o.Output[i]
				value := get(out[0].Elem().FieldByName(m.Name), m.Shape)
				if want := sample(m.Shape, m.Wire); !reflect.DeepEqual(value, want) {
					t.Errorf("answer, %s:\ngot  %v\nwant %v", m.Name, value, want)
				}
			}
			if n := out[0].Elem().NumField() - 2; n != len(o.Output) { // ResultMetadata, noSmithyDocumentSerde
				t.Errorf("the SDK's answer has %d members, the table %d", n, len(o.Output))
			}
			proven++
		})
	}
	if proven != 103 {
		t.Errorf("%d operations were proven, want 103", proven)
	}
}

func TestTheSDKReadsExceptions(t *testing.T) {
	for kind, want := range map[fault.Kind]error{
		fault.BadRequest:      &types.BadRequestException{},
		fault.NotFound:        &types.NotFoundException{},
		fault.Conflict:        &types.ConflictException{},
		fault.TooManyRequests: &types.TooManyRequestsException{},
		fault.AccessDenied:    &types.AccessDeniedException{},
	} {
		sdk := sdkFor(t, map[string]wire.Handler{"CreateDomainName": func(context.Context, *wire.Request) (any, error) {
			return nil, fault.E("test", fault.New(kind, "no, because"))
		}})
		_, err := sdk.CreateDomainName(t.Context(), &apigatewayv2.CreateDomainNameInput{DomainName: aws.String("d.test")})
		target := reflect.New(reflect.TypeOf(want))
		if !errors.As(err, target.Interface()) {
			t.Errorf("%s: got %v", kind.Exception(), err)
			continue
		}
		if text := fmt.Sprint(target.Elem().Interface()); text != kind.Exception()+": no, because" {
			t.Errorf("%s: got %q", kind.Exception(), text)
		}
	}
}
