package backends

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	net "net/http"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/integration/awsservice"
	"github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/integration/lambda"
	"github.com/dragoman-gateway/dragoman/integration/mock"
	"github.com/dragoman-gateway/dragoman/integration/private"
	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// Options are what backends need; members that say so may be nil.
type Options struct {
	Region, Account string
	AssumeRoles     bool                  // assume credentialsArn before calling
	Services        string                // URL of the services that integrations call, without Lambda; "": what the environment says
	Functions       map[string]string     // function name or ARN → URL of an Invoke endpoint
	Local           []local.Function      // functions that are processes here
	Endpoint        func() string         // URL of the management listener, for those functions
	Data            func() string         // host:port of the data listener, for those functions
	Serves          func(api string) bool // says whether an API is served here, for those functions
	DevTLS          bool                  // that listener speaks TLS too
	// Secure says whether a request has come over TLS, as far as that is believed.
	Secure          func(*net.Request) bool
	Beside          authority.Beside       // certificates for names that the user's authority may not sign; nil: none
	Runtimes        map[string]string      // commands that run functions of a runtime
	Concurrency     int                    // processes of each such function; 0 for the default
	FunctionLog     func(local.Line)       // takes what they print; nil logs it
	FunctionInspect func(local.Inspection) // is told where a debugger may attach; nil logs it
	VpcLinks        map[string][]string    // id of a link, or ARN behind it → host:port of its targets
	Deny            []string               // CIDR ranges in which nothing is dialled
	Roots           *x509.CertPool         // verify backends; nil for the system's
	Bodies          *budget.Budget
	Table           *descriptor.Table // asks for idle connections when there is no other room
	Descriptors     *descriptor.Share
	// Between stands between who invokes functions and those that do; nil: nothing does.
	Between Between
	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
}

// Between stands between who invokes functions and those that do.
type Between func(function.Invoker) function.Invoker

// Backends are what integrations call; both planes share them.
type Backends struct {
	Functions *lambda.Invoker
	Services  *awsservice.Invoker
	Web       *http.Client     // public backends, and private ones through links
	Invoke    function.Invoker // functions, for authorizers
	Here      function.Invoker // those of them that run here or that a flag has named
	AWS       *awsconfig.Client
	Deny      egress.Ranges

	Local   *local.Runner   // functions that are processes here
	Callers *sigv4.Verifier // knows the keys that those sign with
	TLS     *tls.Config     // of the data listener, beside plain HTTP; nil: there is none

	links *private.Balancer
}

// Open makes the backends; none is called by that. An error names the flag that is
// wrong.
func Open(o Options) (_ *Backends, err error) {
	b := &Backends{}
	if b.Deny, err = egress.Parse(o.Deny); err != nil {
		return nil, fmt.Errorf("--deny-backends %w", err)
	}
	// Links come before clients, which ask them for every address.
	if b.links, err = private.New(private.Options{Links: o.VpcLinks, Deny: b.Deny, Reports: o.Reports}); err != nil {
		return nil, fmt.Errorf("--vpc-link: %w", err)
	}
	b.Web = http.New(http.Options{Resolver: b.links, RootCAs: o.Roots, Bodies: o.Bodies, Descriptors: o.Descriptors, Deny: b.Deny, Reports: o.Reports})
	// What was opened is closed where a later flag is wrong: tests open many backends in a process.
	defer func() {
		if err != nil {
			b.Web.Close()
			b.links.Close()
		}
	}()
	b.AWS = awsconfig.New(awsconfig.Options{
		Region: o.Region, AssumeRoles: o.AssumeRoles, Services: o.Services, Bodies: o.Bodies, Descriptors: o.Descriptors, Deny: b.Deny,
		Plain: b.Web.Plain(), Logger: o.Logger,
	})
	// Functions of AWS and those behind URLs are called by one client; those that run here come first.
	called, err := function.New(b.AWS, o.Functions)
	if err != nil {
		return nil, fmt.Errorf("--function: %w", err)
	}
	if err = b.openFunctions(&o); err != nil {
		return nil, err
	}
	// By name: a function that runs here shadows one of AWS's, so that a single one can be tried.
	b.Invoke = function.Route(b.Local, called)
	// Outermost, so that it sees every invocation, wherever that goes.
	if o.Between != nil {
		b.Invoke = o.Between(b.Invoke)
	}
	b.Here = function.Only(b.Invoke, b.Local, called)
	// Idle connections are the one thing that can be given up without anybody's noticing.
	o.Table.Reclaim(b.Web.CloseIdle)
	o.Table.Reclaim(b.AWS.CloseIdle)
	b.Functions, b.Services = lambda.New(b.Invoke), awsservice.New(b.AWS)
	return b, nil
}

// Close gives back what Open took.
func (b *Backends) Close() error {
	// Clients before links: a call that is under way may still ask where a link leads.
	b.Web.Close()
	b.AWS.Close()
	b.links.Close()
	return b.Local.Close()
}

// WebSocket are the backends of WebSocket integrations.
func (b *Backends) WebSocket() wsapi.Invokers {
	return wsapi.Invokers{HTTP: b.Web, Mock: mock.Invoker{}, Function: b.Functions, Service: b.Services}
}

// ParseLinks reads mappings of VPC links as they stand on a command line:
// ID=host:port[,host:port…], where ID may also be the ARN of a listener or service.
func ParseLinks(values []string) (map[string][]string, error) {
	links := map[string][]string{}
	var faults []error
	for _, value := range values {
		key, addresses, err := private.Parse(value)
		if err != nil {
			faults = append(faults, fmt.Errorf("--vpc-link %w", err))
			continue
		}
		links[key] = append(links[key], addresses...)
	}
	return links, errors.Join(faults...)
}
