package awsconfig

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go/logging"

	"github.com/dragoman-gateway/dragoman/message"
)

// settings is what the SDK's configuration says: endpoints, and credentials with
// and without the metadata service of the machine.
type settings struct {
	sources  []any
	endpoint string // of all services, or ""
	others   string // of all but Lambda, before endpoint; or ""
	ignore   bool   // configured endpoints do not count
	region   string // of the configuration; "" for none
	full     aws.CredentialsProvider
	local    aws.CredentialsProvider
	unset    bool         // no credentials are configured: only the machine may have some
	metadata *imds.Client // the machine's metadata service

	transport http.RoundTripper

	// Until when nobody is asked for credentials again that others may be shown, in Unix
	// nanoseconds: an emulator takes any, and finding none may take a call of the network.
	none atomic.Int64
}

// noneFor is how long it is remembered that there were none.
const noneFor = 30 * time.Second

// load reads the configuration of a client's profile. roots are the authorities of
// AWS_CA_BUNDLE, nil when there is none.
func load(ctx context.Context, c *Client) (s *settings, roots *x509.CertPool, err error) {
	// The configuration outlives the call that happened to be first.
	ctx = context.WithoutCancel(ctx)
	options := []func(*config.LoadOptions) error{
		config.WithLogger(logging.LoggerFunc(func(kind logging.Classification, format string, values ...any) {
			if c.logger != nil { // what matters of it is an error of some call
				c.logger.Debug("the AWS SDK says", "kind", string(kind), "what", fmt.Sprintf(format, values...))
			}
		})),
		config.WithSharedConfigProfile(c.profile),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = c.token }),
	}
	full, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, nil, message.Fail(message.ErrConfiguration, err)
	}
	local, err := config.LoadDefaultConfig(ctx, append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))...)
	if err != nil {
		return nil, nil, message.Fail(message.ErrConfiguration, err)
	}
	s = &settings{others: c.others, sources: full.ConfigSources, region: full.Region, full: full.Credentials, local: local.Credentials}
	// The chain ends with the machine's role where it has found nothing else.
	s.unset = aws.IsCredentialsProvider(full.Credentials, (*ec2rolecreds.Provider)(nil))
	s.metadata = imds.NewFromConfig(full, func(o *imds.Options) {
		o.Retryer = aws.NopRetryer{}
		// It is asked now and then, and a connection that was kept would outlive the gateway.
		o.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	})
	if full.BaseEndpoint != nil {
		s.endpoint = *full.BaseEndpoint
	}
	if ignore, found, err := config.GetIgnoreConfiguredEndpoints(ctx, s.sources); err == nil && found {
		s.ignore = ignore
	}
	return s, authorities(&full), nil
}

// authorities finds those of AWS_CA_BUNDLE, which the configuration has put into
// its own HTTP client.
func authorities(cfg *aws.Config) *x509.CertPool {
	client, ok := cfg.HTTPClient.(interface{ GetTransport() *http.Transport })
	if !ok {
		return nil
	}
	if t := client.GetTransport(); t.TLSClientConfig != nil {
		return t.TLSClientConfig.RootCAs
	}
	return nil
}

// configuredEndpoint is the endpoint that the configuration names for a service,
// by its SDK id such as "EventBridge" or "Secrets Manager"; "" for none.
func (s *settings) configuredEndpoint(ctx context.Context, id string) (string, error) {
	at, err := s.fromSources(ctx, id)
	switch {
	case err != nil || at != "":
		return at, err
	case s.others != "" && id != "Lambda":
		return s.others, nil
	case s.ignore:
		return "", nil
	}
	return s.endpoint, nil
}

// fromSources is the endpoint that the configuration names for one service alone.
func (s *settings) fromSources(ctx context.Context, id string) (string, error) {
	// Documented: AWS SDKs and Tools Reference Guide, Service-specific endpoints:
	// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS turns all of them off, the one for a service
	// counts before the one for all, and the environment before a profile.
	if s.ignore {
		return "", nil
	}
	for _, source := range s.sources {
		of, ok := source.(interface {
			GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
		})
		if !ok || id == "" {
			continue
		}
		at, found, err := of.GetServiceBaseEndpoint(ctx, id)
		if err != nil {
			return "", message.Fail(message.ErrConfiguration, err)
		}
		if found {
			return at, nil
		}
	}
	return "", nil
}

// credentials finds the gateway's own credentials for an endpoint.
func (s *settings) credentials(ctx context.Context, foreign bool) (aws.Credentials, error) {
	// Keys of the machine's role go to AWS alone: whoever names another endpoint has not
	// asked for them to be shown there.
	provider := s.full
	if foreign {
		provider = s.local
		if time.Now().UnixNano() < s.none.Load() {
			return placeholder(), nil
		}
	}
	var found aws.Credentials
	err := errors.New("no credentials are configured")
	if provider != nil {
		found, err = provider.Retrieve(ctx)
	}
	switch {
	case err == nil:
		return found, nil
	case ctx.Err() != nil:
		return found, message.Failure(ctx.Err())
	case foreign:
		s.none.Store(time.Now().Add(noneFor).UnixNano())
		return placeholder(), nil
	}
	return found, message.Fail(message.ErrDenied, fmt.Errorf("finding AWS credentials: %w", err))
}

// base is where a call goes: the base URL, and whether it is not AWS's own, so
// that it may be called with placeholder credentials.
func (c *Client) base(ctx context.Context, call *Call, s *settings) (*url.URL, bool, error) {
	at := call.Endpoint
	if at == "" {
		configured, err := s.configuredEndpoint(ctx, call.ID)
		if err != nil {
			return nil, false, err
		}
		at = configured
	}
	if at == "" {
		at = "https://" + publicHost(call)
	}
	u, err := url.Parse(at)
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		err = errors.New("want an http or https URL")
	}
	if err != nil {
		return nil, false, message.Fail(message.ErrConfiguration, fmt.Errorf("endpoint %q: %w", at, err))
	}
	return u, !ownedByAWS(u.Hostname()), nil
}

func ownedByAWS(host string) bool {
	for _, domain := range []string{".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".on.aws"} {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}

// publicHost is AWS's endpoint of a service in a region.
func publicHost(call *Call) string {
	domain := "amazonaws.com"
	// Documented: AWS General Reference, AWS service endpoints: protocol, code of the
	// service, region, domain; regions of China have their own domain.
	if strings.HasPrefix(call.Region, "cn-") {
		domain += ".cn"
	}
	if call.Global {
		return call.Host + "." + domain
	}
	return call.Host + "." + call.Region + "." + domain
}
