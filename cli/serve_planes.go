package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/server"
)

// planeFlags are the flags of logs, domains and throttles, which both planes share.
type planeFlags struct {
	accessLogs, certificates, truststores, extensions []string
	sample                                            float64
}

func (d *planeFlags) flags(cmd *cobra.Command, c *server.Config) {
	httpFlags(cmd, &c.HTTP)
	d.tapFlags(cmd, c)
	f := cmd.Flags()
	f.Float64Var(&c.HTTP.AccountRate, "account-rate", 0, "requests and messages a second over all APIs before 429 (AWS: 10000); 0 sets no limit")
	f.IntVar(&c.HTTP.AccountBurst, "account-burst", 0, "requests and messages that may come at once (AWS: 5000); 0 is half the rate")
	f.Float64Var(&c.WebSocket.ConnectRate, "connect-rate", 0, "new WebSocket connections a second before 429 (AWS: 500); 0 sets no limit")
	f.StringArrayVar(&d.extensions, "websocket-extension", nil, "what WebSocket APIs do beyond AWS's, `NAME=VALUE` (repeatable), on stages whose variable dragoman_NAME says nothing else: path, close, in_order, binary, ping, ping_activity, idle_timeout, max_lifetime, max_message, in_flight")
	f.BoolVar(&c.WebSocket.PerRoute, "websocket-route-authorization", false, "authorize the messages of WebSocket APIs by their routes, and take JWT authorizers there, which the management API refuses otherwise, as AWS does")
	f.StringVar(&c.Domains.Listen, "listen-tls", "", "data listener with TLS, `HOST:PORT`")
	f.StringArrayVar(&d.certificates, "certificate", nil, "the certificate of custom domains with this certificateArn, `ARN=CERT,KEY` (repeatable); the ARN * is for all hosts without one")
	f.StringArrayVar(&d.truststores, "truststore", nil, "the certificates that clients of mutual TLS are verified against, `s3://BUCKET/KEY=FILE` (repeatable)")
	f.StringVar(&c.Domains.AcmeEmail, "acme-email", "", "fetch certificates for custom domains without a file, and agree to the terms of the ACME server")
	f.StringVar(&c.Domains.AcmeDirectory, "acme-directory", "", "`URL` of the ACME server; Let's Encrypt if only --acme-email is given")
	f.BoolVar(&c.AllowDotSegments, "allow-dot-segments", false, "let paths with segments . and .. in any spelling pass to backends, which may resolve them past an authorizer; else 400")
	f.StringVar(&c.RawPath, "raw-path", c.RawPath, "paths in events of HTTP APIs: decoded, twice as AWS does, or encoded, as the client spelled them")
	f.StringArrayVar(&c.Peers.ManagementNames, "management-name", nil, "a `NAME` beside those of loopback by which the management API may be called without signatures (repeatable)")
	f.StringArrayVar(&c.Peers.ManagementOrigins, "management-origin", nil, "web pages of this origin, `URL`, may call the management API without signatures (repeatable)")
	f.StringSliceVar(&c.Peers.TrustedProxies, "trusted-proxies", nil, "addresses of proxies whose X-Forwarded-For, -Proto and -Port count, `CIDR[,CIDR…]` (repeatable); signatures must then be verified")
	f.BoolVar(&c.Peers.ProxyProtocol, "proxy-protocol", false, "the trusted proxies begin each connection to a data listener with a PROXY header (version 1 or 2), and X-Forwarded-* does not count")
	f.StringArrayVar(&d.accessLogs, "access-log", nil, "write the access lines for a destinationArn to a file, `ARN=PATH` (repeatable); the ARN * is any other, the path - is the standard output; /aws/apigateway/{apiId}/{stage} is the execution log of a stage, and switches it on for HTTP APIs; /aws/apigateway/* is for all others of WebSocket APIs")
}

// tapFlags say which exchanges leave a record.
func (d *planeFlags) tapFlags(cmd *cobra.Command, c *server.Config) {
	f, o := cmd.Flags(), &c.Observe
	f.StringArrayVar(&o.Tap, "tap", o.Tap, "keep a record of every step of an API's requests and messages, `API` by id or name, all or none (repeatable); see dragoman trace")
	f.Float64Var(&d.sample, "tap-sample", 1, "which share of them leaves a record, 0 to 1")
	f.IntVar(&o.TapRecords, "tap-records", record.DefaultRecords, "records that are kept, the newest")
	f.BoolVar(&o.ExplainErrors, "explain-errors", false, "keep a record of every failure, name it in error frames with the cause, and in a dragoman-trace header of every answer that has one")
	f.StringArrayVar(&o.Mask, "mask", nil, "a `NAME` whose values are hidden in records, in any case: members of JSON, headers, query parameters, form fields (repeatable); credentials always are")
	f.IntVar(&o.TapBytes, "tap-bytes", record.DefaultBytes, "bytes of records that are kept")
}

// httpFlags are the limits of HTTP APIs and whom their backends are believed by.
func httpFlags(cmd *cobra.Command, c *server.HTTPConfig) {
	f, l := cmd.Flags(), &c.Limits
	f.Int64Var(&l.Body, "max-body", 0, "bytes of the body of an HTTP API's request before 413; 0 is AWS's limit, 10485760, and -1 none")
	f.Int64Var(&l.Reply, "max-reply", 0, "bytes of the body of a backend's reply before 500; 0 is AWS's limit, 10485760, and -1 none")
	f.IntVar(&l.Header, "max-headers", 0, "bytes of an HTTP API's request line and header values before 431; 0 is AWS's limit, 10240, and -1 none (heads end at 1 MiB)")
	f.DurationVar(&l.Timeout, "http-timeout", 0, "timeout of HTTP APIs' integrations that are set to AWS's longest, 30s; 0 is that")
	f.DurationVar(&l.Client, "client-timeout", 0, "longest wait for an HTTP API's client to send or take more; 0 is 30s")
	f.StringVar(&c.RootCA, "root-ca", "", "verify backends against the certificates in `FILE` (PEM) too, besides the system's")
}

// apply takes the flags that come as lists into the configuration.
func (d *planeFlags) apply(c *server.Config) (err error) {
	c.Observe.TapSample = &d.sample
	if c.Observe.AccessLogs, err = pairs("access-log", d.accessLogs); err != nil {
		return err
	}
	for _, extension := range d.extensions {
		name, value, given := strings.Cut(extension, "=")
		if !given { // the name alone turns it on; an empty value is a variable that somebody has not set
			value = "true"
		}
		if err := c.WebSocket.Extensions.Set(name, value); err != nil {
			return fmt.Errorf("--websocket-extension %s: %w", extension, err)
		}
	}
	if c.Domains.Certificates, err = pairs("certificate", d.certificates); err != nil {
		return err
	}
	c.Domains.Truststores, err = pairs("truststore", d.truststores)
	return err
}

// onHangup calls f with every SIGHUP until ctx ends. It returns what waits for the end.
func onHangup(ctx context.Context, f func()) (wait func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	var waiting tasks.Group
	waiting.Go("waiting for SIGHUP", func() {
		defer signal.Stop(hangup)
		for {
			select {
			case <-hangup:
				f()
			case <-ctx.Done():
				return
			}
		}
	})
	return waiting.Wait
}
