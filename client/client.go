package client

import (
	"context"
	"net/http"
	"strings"
)

// Credentials are an access key. SessionToken is "" for one that lasts.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
}

// Static gives the same credentials always.
func Static(accessKeyID, secretAccessKey, sessionToken string) func(context.Context) (Credentials, error) {
	return func(context.Context) (Credentials, error) {
		return Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey, SessionToken: sessionToken}, nil
	}
}

// Options say where a Client calls and how. Region must be set.
type Options struct {
	// BaseEndpoint is the URL of the management listener, such as
	// http://127.0.0.1:8081; "" is AWS's endpoint of the region.
	BaseEndpoint string
	Region       string
	// SigningName is the service that requests are signed for; "" is apigateway, the
	// management API.
	SigningName string

	// Credentials are asked for before each attempt; nil sends unsigned requests,
	// which a gateway that verifies no signatures takes.
	Credentials func(context.Context) (Credentials, error)

	HTTPClient *http.Client // nil for one of its own, which follows no redirects

	// RetryMaxAttempts bounds how often one request is sent; 0 is 3, 1 is never again.
	// A server that is not reached, or answers 500, is tried three times at most.
	RetryMaxAttempts int
	UserAgent        string // "" for dragoman-client
}

// Client speaks to one endpoint in one region. It may be shared.
type Client struct {
	options Options
}

const defaultAttempts = 3

// New makes a client. It does not connect.
func New(o Options) *Client {
	if o.BaseEndpoint == "" {
		o.BaseEndpoint = "https://apigateway." + o.Region + "." + domainOf(o.Region)
	}
	o.BaseEndpoint = strings.TrimSuffix(o.BaseEndpoint, "/")
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.RetryMaxAttempts <= 0 {
		o.RetryMaxAttempts = defaultAttempts
	}
	if o.SigningName == "" {
		o.SigningName = signingName
	}
	if o.UserAgent == "" {
		o.UserAgent = "dragoman-client"
	}
	return &Client{options: o}
}

// domainOf is the DNS suffix of the partition that a region belongs to.
func domainOf(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// String gives a pointer to v, for members that may be absent.
func String(v string) *string { return &v }

// Bool gives a pointer to v, for members that may be absent.
func Bool(v bool) *bool { return &v }

// Int32 gives a pointer to v, for members that may be absent.
func Int32(v int32) *int32 { return &v }

// Float64 gives a pointer to v, for members that may be absent.
func Float64(v float64) *float64 { return &v }
