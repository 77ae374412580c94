package awsservice

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

// Invoker calls AWS services. It is safe for concurrent use.
type Invoker struct {
	aws        *awsconfig.Client
	operations map[string]operation
}

var _ integration.Invoker = (*Invoker)(nil)

// New makes an Invoker that calls through aws.
func New(aws *awsconfig.Client) *Invoker { return &Invoker{aws, operations()} }

const (
	contentType = "Content-Type"
	plainJSON   = "application/json"
	formType    = "application/x-www-form-urlencoded"
)

// Invoke calls the service that r.URL names. An action is a POST with the body
// and header of r, and the service is told the action in its own way; a path is
// called with r.Method. Whatever the service answers is the Reply.
func (i *Invoker) Invoke(ctx context.Context, r *integration.Request) (*integration.Reply, error) {
	u, err := ParseURI(r.URL)
	if err != nil {
		return nil, err
	}
	s := lookup(u.Service)
	call := &awsconfig.Call{
		ID: s.id, Host: s.host, Signing: s.signing, Global: s.global, Region: u.Region,
		Method: r.Method, Path: u.Path, Query: u.Query, Header: r.Header.Clone(), Body: r.Body,
		Role: r.Credentials, Timeout: r.Timeout, Hold: r.Hold,
	}
	u.place(call)
	if u.Action != "" {
		call.Method = "POST"
		if err := s.act(call, u.Action); err != nil {
			return nil, err
		}
	} else if len(call.Body) > 0 {
		call.Header.SetDefault(contentType, plainJSON)
	}
	return i.do(ctx, call)
}

func (i *Invoker) do(ctx context.Context, call *awsconfig.Call) (*integration.Reply, error) {
	r, err := i.aws.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	return &integration.Reply{Status: r.Status, Header: r.Header, Body: r.Body, RequestID: r.RequestID, Latency: r.Latency}, nil
}

// place puts a subdomain where it belongs: a bucket into the path, which works
// with every endpoint, any other before the host.
// Documented: API Gateway API Reference, Integration, uri, for the form
// {subdomain.service}.
func (u *URI) place(call *awsconfig.Call) {
	switch {
	case u.Subdomain == "":
	case u.Service == "s3":
		call.Path = "/" + u.Subdomain + u.Path
	case u.Service == "iotdata":
		call.Host = u.Subdomain + ".iot"
	default:
		call.Host = u.Subdomain + "." + call.Host
	}
}

// act tells the service which action is meant.
// The service model of Step Functions puts sync- before the host of these two.
func (s *service) act(call *awsconfig.Call, action string) error {
	if s.id == "SFN" && (action == "StartSyncExecution" || action == "TestState") {
		call.Host = "sync-" + call.Host
	}
	switch s.protocol {
	case rpcJSON:
		s.actJSON(call, action)
	case query:
		s.actQuery(call, action)
	case both:
		// Assumed: a JSON object that is not called a form is meant for the JSON
		// protocol, everything else for the query protocol.
		if body := bytes.TrimLeft(call.Body, " \t\r\n"); len(body) > 0 && body[0] == '{' && !isForm(call.Header) {
			s.actJSON(call, action)
		} else {
			s.actQuery(call, action)
		}
	default:
		return message.Fail(message.ErrConfiguration, fmt.Errorf("service %s has no actions known here; name a path", s.signing))
	}
	return nil
}

// actJSON sets what the JSON protocols ask for.
// Documented: Smithy, AWS JSON 1.0 and 1.1 protocols: the action is named by
// X-Amz-Target, and the body is an object.
//
// Assumed: the plain JSON type that integrations have by default is sent as the
// service's own.
func (s *service) actJSON(call *awsconfig.Call, action string) {
	call.Header.SetDefault("X-Amz-Target", s.target+"."+action)
	if kind := call.Header.Get(contentType); kind == "" || strings.HasPrefix(kind, plainJSON) {
		call.Header.Set(contentType, "application/x-amz-json-"+s.json)
	}
	if len(call.Body) == 0 {
		call.Body = []byte("{}")
	}
}

// actQuery names Action and Version among the parameters of the URL, unless the
// request has them already.
// Documented: Smithy, AWS query protocol.
func (s *service) actQuery(call *awsconfig.Call, action string) {
	var form url.Values
	if isForm(call.Header) {
		// A body that cannot be read is the service's to refuse.
		form, _ = url.ParseQuery(string(call.Body))
	}
	given, _ := url.ParseQuery(call.Query)
	for _, p := range [][2]string{{"Action", action}, {"Version", s.version}} {
		if !form.Has(p[0]) && !given.Has(p[0]) {
			call.Query = joinQuery(call.Query, p[0]+"="+p[1])
		}
	}
	if len(call.Body) == 0 {
		call.Header.Set(contentType, formType)
	} else {
		call.Header.SetDefault(contentType, plainJSON)
	}
}

func isForm(h message.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get(contentType)), formType)
}
