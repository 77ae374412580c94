package function

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/message"
)

// MaxPayload is Lambda's bound of a synchronous payload in either direction, in
// bytes. Documented are 6 MB (Lambda Developer Guide, Lambda quotas).
// Observed: these bytes, a hundred more than 6 MiB.
const MaxPayload = 6291556

// invokePath begins the path of an invocation.
// Documented: Lambda API Reference, Invoke.
const invokePath = "/2015-03-31/functions/"

// Client invokes functions. It is safe for concurrent use.
type Client struct {
	aws    *awsconfig.Client
	mapped map[string]endpoint
	names  Names
}

var _ Local = (*Client)(nil)

// endpoint is where a mapped function is. fixed says that the URL names the
// function already, as the runtime interface emulator wants it.
type endpoint struct {
	url   string
	fixed bool
}

// New makes a Client that calls through aws. functions maps a function's name or
// ARN, with or without qualifier, to the base URL of an endpoint that speaks the
// Invoke API, or to the whole URL of an invocation. The error tells what is
// wrong with a URL.
func New(aws *awsconfig.Client, functions map[string]string) (*Client, error) {
	c := &Client{aws: aws, mapped: make(map[string]endpoint, len(functions))}
	var faults []error
	for name, at := range functions {
		u, err := url.Parse(at)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			faults = append(faults, fmt.Errorf("function %s=%s: want an http or https URL", name, at))
			continue
		}
		c.mapped[name] = endpoint{at, strings.Contains(u.Path, invokePath)}
	}
	return c, errors.Join(faults...)
}

// Has implements Local: it tells whether a function is one of the map.
func (c *Client) Has(function string) bool {
	name, err := c.names.Parse(function)
	return err == nil && slices.ContainsFunc(name.keys(), func(key string) bool { _, ok := c.mapped[key]; return ok })
}

// Invoke makes one call.
func (c *Client) Invoke(ctx context.Context, call *Call) (*Result, error) {
	name, err := c.names.Parse(call.Function)
	if err != nil {
		return nil, err
	}
	if len(call.Payload) > MaxPayload {
		return nil, message.Fail(message.ErrTooLarge,
			fmt.Errorf("the payload is %d bytes, Lambda takes %d", len(call.Payload), MaxPayload))
	}
	req, mapped := c.request(call, &name)
	reply, err := c.aws.Do(ctx, req)
	if missing, ok := errors.AsType[*awsconfig.NoCredentials](err); ok {
		return nil, message.Fail(message.ErrDenied, fmt.Errorf("no --function %s, %w", name.Name, missing))
	}
	if err != nil {
		return nil, err
	}
	if err := refusal(reply); err != nil {
		return nil, err
	}
	r := &Result{
		Status:    reply.Status,
		Payload:   reply.Body,
		Error:     reply.Header.Get("X-Amz-Function-Error"),
		RequestID: reply.RequestID,
		Version:   reply.Header.Get("X-Amz-Executed-Version"),
		Latency:   reply.Latency,
		LogResult: reply.Header.Get("X-Amz-Log-Result"),
	}
	if mapped && r.Error == "" && r.Version == "" {
		r.Payload, r.Error = unmarked(r.Payload)
	}
	return r, nil
}

func (c *Client) request(call *Call, n *Name) (req *awsconfig.Call, mapped bool) {
	req = &awsconfig.Call{
		ID: "Lambda", Host: "lambda", Signing: "lambda", Region: n.Region,
		Body: call.Payload, Role: call.Credentials,
		MaxReply: MaxPayload, Timeout: call.Timeout, Hold: call.Hold,
	}
	if req.Region == "" {
		req.Region = call.Region
	}
	req.Header = make(message.Header, 1, 5)
	req.Header[0] = message.Field{Name: "Content-Type", Value: "application/json"}
	for _, f := range call.Header {
		if passed(f.Name) {
			req.Header = append(req.Header, f)
		}
	}
	for _, key := range n.keys() {
		if at, ok := c.mapped[key]; ok {
			c.toMapped(req, at, n)
			return req, true
		}
	}
	called := n.Arn
	if called == "" {
		called = n.Name
		if n.Account != "" {
			called = n.Account + ":function:" + n.Name
		}
	}
	req.Path = invokePath + url.PathEscape(called) + "/invocations"
	qualify(req, n)
	return req, false
}

// toMapped addresses a function of the map, by its bare name: emulators of one
// machine know no accounts.
func (c *Client) toMapped(req *awsconfig.Call, at endpoint, n *Name) {
	req.Endpoint = at.url
	if !at.fixed {
		req.Path = invokePath + url.PathEscape(n.Name) + "/invocations"
		qualify(req, n)
		return
	}
	before, _, _ := strings.Cut(at.url, invokePath)
	req.Endpoint, req.Path = before, at.url[len(before):]
}

func qualify(req *awsconfig.Call, n *Name) {
	if n.Qualifier != "" {
		req.Query = "Qualifier=" + url.QueryEscape(n.Qualifier)
	}
}

// passed says which headers of a call reach the service.
func passed(name string) bool {
	for _, known := range []string{"X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Client-Context", "X-Amzn-Trace-Id"} {
		if message.Same(name, known) {
			return true
		}
	}
	return false
}
