package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/mishap"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Function is one that runs as processes of this machine.
type Function = local.Function

// Flag is one of the command that started the gateway.
type Flag struct {
	Name, Value string
	Changed     bool // it was set, on the command line or by the environment
}

// Config is everything that a gateway can be told. The zero value of a member
// means its default; Default spells the defaults out.
type Config struct {
	DataDir    string   // state lives here; "" keeps it in memory
	AcceptLoss bool     // go on with what is whole of a state that is damaged
	File       string   // a YAML document that is served read-only, instead of DataDir
	Seed       string   // a YAML document that an empty state begins with; "" for none
	AllowReset bool     // let a call of the management API empty the state, between tests
	Faults     []string // rules of what goes wrong on purpose, as package mishap reads them; none: nothing does
	AllowFault bool     // let a call of the management API say that, in tests
	Listen     string   // data listener, host:port
	Management string   // management listener, host:port
	Metrics    string   // listener of metrics, liveness and readiness alone, host:port; "" for none
	Console    bool     // serve the web console there; Default does
	Version    string   // of this program, which callers are told
	Flags      []Flag   // that it was started with, which callers are told without secrets
	Region     string
	Account    string
	Drain      time.Duration // over which SIGTERM ends what is under way and sends clients away
	// ShutdownDelay is how long SIGTERM leaves everything as it is but /readyz, so that
	// load balancers send nobody here any more.
	ShutdownDelay time.Duration
	Front         string // who speaks HTTP/1.1 on the data listener: "own" or "net/http"

	AllowDotSegments bool   // let paths with segments . and .. pass, as they are
	RawPath          string // how events of HTTP APIs show paths: "decoded", as AWS does, or "encoded", as sent

	// ApiEndpoint words the apiEndpoint of an API: "local" (dialable here), "aws",
	// or a template with {protocol}, {apiId}, {region} and {port}.
	ApiEndpoint string

	// DomainName words the domainName that handlers are told, a host with its port in
	// which {apiId}, {region} and {port} stand for those; "" tells them of the host
	// that the client has used, as far as that is believed.
	DomainName string

	// DefaultApis are the ids of APIs that also answer at the bare address, under names
	// of loopback; nil: none does. It is asked for each request that names no API.
	DefaultApis func() []string
	// Streams says of which APIs functions' answers are streamed, as those of a function's
	// address may be; nil: of none.
	Streams func(apiID string) bool

	Functions map[string]string // function name or ARN → URL of an Invoke endpoint
	Local     []Function        // functions that run as processes of this machine
	DevTLS    bool              // the data listener speaks TLS too, with a certificate of the user\'s own authority
	// Beside has certificates for names that the user's own authority may not sign; nil:
	// there are none. It is asked where DevTLS is on.
	Beside      authority.Beside
	AssumeRoles bool // assume credentialsArn before calling a backend
	// Services is the URL of the AWS services that integrations call, without Lambda;
	// "": what the environment says.
	Services string

	FunctionRuntimes    map[string]string // commands, as a shell reads them, that run functions of a runtime
	FunctionConcurrency int               // processes of each such function; 0 for 10
	// FunctionLog takes what those functions print, and must return at once; nil logs it.
	FunctionLog func(local.Line)
	// Progress is told at the start of how many APIs of all are loaded, and must return at once; may be nil.
	Progress func(done, all int64)
	// FunctionInspect is told of processes that a debugger may attach to; nil logs it.
	FunctionInspect func(local.Inspection)

	VpcLinks map[string][]string // VPC link id, or ARN of a listener or service → host:port of its targets

	DenyBackends []string // CIDR ranges in which no backend, function, service or issuer is dialled

	Credentials string            // file of access keys; "" for none
	Key         credential.Secret // "ID:SECRET", one access key besides those of the file; "" for none. Without either no signature is verified
	Auth        string            // what the management listener asks for: "", AuthSigV4 or AuthNone; see Verifies

	ManagementRate  float64 // calls a second over the whole management API; 0: no limit
	ManagementBurst int

	Quotas        string // "" or "aws": whose counts of APIs, routes and stages are enforced
	ImportOpen    bool   // import operations that no authorizer guards as the document asks
	StrictImport  bool   // refuse documents that AWS refuses and that could be read
	StrictIssuers bool   // refuse JWT authorizers whose issuer publishes no keys

	// MaxConnections is how many clients of the data listeners may be connected at a
	// time; 0 for the limit of open files less a reserve.
	MaxConnections int
	// MaxBodies is how many bytes of bodies, messages and answers are held at a time;
	// 0 for a quarter of the memory that there is.
	MaxBodies int64
	// MaxTemplateMemory is how many bytes all renderings of mapping templates hold at a
	// time; 0 for 64 MiB.
	MaxTemplateMemory int64

	// MaxTemplate is how many characters a mapping template may have, however it comes
	// in; 32768 by default.
	MaxTemplate int
	InFlight    int // messages of one connection that run side by side

	Peers     Peers
	WebSocket WebSocketLimits
	Observe   Observe
	Domains   Domains
	HTTP      HTTP
	Fleet     Fleet

	// Bus joins the nodes of a fleet, which share a store, in place of the broker that
	// Fleet names; nil: there is no other. It is not closed.
	Bus bus.Bus

	Logger *slog.Logger
}

// WebSocketLimits are AWS's limits of a WebSocket connection, each liftable.
type WebSocketLimits struct {
	Message  int           // bytes of one message
	Frame    int           // bytes of one frame
	Idle     time.Duration // without a message in either direction
	Lifetime time.Duration

	ConnectRate float64 // new connections a second over all APIs; 0: no limit

	Extensions resource.Extensions // of stages that say nothing else

	// PerRoute has messages be authorized by the authorizers of their routes, and takes JWT
	// authorizers; AWS authorizes $connect alone.
	PerRoute bool
}

// Default is the configuration of `dragoman serve` without flags.
func Default() Config {
	return Config{
		Listen:      "127.0.0.1:8080",
		Management:  "127.0.0.1:8081",
		Console:     true,
		Region:      "us-east-1",
		Account:     "000000000000",
		Drain:       10 * time.Second,
		Front:       FrontOwn,
		RawPath:     RawPathDecoded,
		ApiEndpoint: EndpointLocal,
		MaxTemplate: 32768,
		InFlight:    16,
		WebSocket: WebSocketLimits{
			Message:  128 << 10,
			Frame:    32 << 10,
			Idle:     10 * time.Minute,
			Lifetime: 2 * time.Hour,
		},
		Fleet: Fleet{StoreWait: DefaultStoreWait},
	}
}

// The servers that can speak HTTP/1.1 on the data listener.
const (
	FrontOwn = "own"
	FrontNet = "net/http"
)

// How events of HTTP APIs show paths.
const (
	RawPathDecoded = "decoded"
	RawPathEncoded = "encoded"
)

// The least memory for bodies, and for templates, that a gateway can work with.
const (
	leastBodies    = 1 << 20
	leastTemplates = 1 << 20
)

// Forms of what stands in ARNs and in signatures: anything else would make such that no
// client can use.
var (
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	accountForm = regexp.MustCompile(`^\d{12}$`)
)

// longest is what a gateway may take to end.
const longest = 24 * time.Hour

// Validate says what is wrong with a configuration, all of it at once.
func (c *Config) Validate() error {
	var faults []error
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, at := range []struct{ flag, address string }{{"listen", c.Listen}, {"management", c.Management}} {
		if _, _, err := net.SplitHostPort(at.address); err != nil {
			wrong("--%s %q: want HOST:PORT", at.flag, at.address)
		}
	}
	if c.File != "" && (c.Seed != "" || c.AllowReset) {
		wrong("--config is read-only: --seed and --allow-reset are for a state that can be written")
	}
	if _, err := mishap.ParseAll(c.Faults); err != nil {
		wrong("--fault: %w", err)
	}
	if !regionForm.MatchString(c.Region) {
		wrong("--region %q: want a region such as us-east-1", c.Region)
	}
	if _, err := egress.Parse(c.DenyBackends); err != nil {
		wrong("--deny-backends %w", err)
	}
	if !accountForm.MatchString(c.Account) {
		wrong("--account %q: want 12 digits", c.Account)
	}
	if c.Drain < 0 || c.ShutdownDelay < 0 || c.Drain > longest || c.ShutdownDelay > longest {
		wrong("--drain and --shutdown-delay: want from 0 to %s", longest)
	}
	if c.Front != "" && c.Front != FrontOwn && c.Front != FrontNet {
		wrong("--front %q: want %s or %s", c.Front, FrontOwn, FrontNet)
	}
	if c.RawPath != "" && c.RawPath != RawPathDecoded && c.RawPath != RawPathEncoded {
		wrong("--raw-path %q: want %s or %s", c.RawPath, RawPathDecoded, RawPathEncoded)
	}
	if c.ManagementRate < 0 || c.ManagementBurst < 0 {
		wrong("--management-rate and --management-burst cannot be negative")
	}
	if c.HTTP.AccountRate < 0 || c.HTTP.AccountBurst < 0 || c.WebSocket.ConnectRate < 0 {
		wrong("--account-rate, --account-burst and --connect-rate cannot be negative")
	}
	if c.Quotas != "" && c.Quotas != "aws" {
		wrong("--quotas %q: want aws", c.Quotas)
	}
	if c.MaxConnections < 0 {
		wrong("--max-connections %d: want a number, or 0 for what the limit of open files allows", c.MaxConnections)
	}
	if c.MaxBodies < 0 || c.MaxBodies > 0 && c.MaxBodies < leastBodies {
		wrong("--max-bodies %d: want at least %d bytes, or 0 for a quarter of the memory", c.MaxBodies, leastBodies)
	}
	if c.MaxTemplateMemory < 0 || c.MaxTemplateMemory > 0 && c.MaxTemplateMemory < leastTemplates {
		wrong("--max-template-memory %d: want at least %d bytes, or 0 for 64 MiB", c.MaxTemplateMemory, leastTemplates)
	}
	if c.MaxTemplate < 0 {
		wrong("--max-template %d: want a number of characters", c.MaxTemplate)
	}
	if c.InFlight < 1 || c.InFlight > 4096 {
		wrong("--in-flight %d: want 1 to 4096", c.InFlight)
	}
	if c.WebSocket.Message < 1 || c.WebSocket.Frame < 1 || c.WebSocket.Frame > c.WebSocket.Message {
		wrong("the frame limit must lie between 1 and the message limit")
	}
	if !endpointForm(c.ApiEndpoint) {
		wrong("--api-endpoint %q: want local, aws, or the template of an address with {apiId}, in which {protocol}, {region} and {port} stand for those too", c.ApiEndpoint)
	}
	if c.DomainName != "" {
		if _, ok := peer.ParseAuthority(DomainName(c.DomainName, "a1b2c3d4e5", c.Region, "8080")); !ok {
			wrong("--domain-name %q: want HOST or HOST:PORT, in which {apiId}, {region} and {port} stand for those", c.DomainName)
		}
	}
	return errors.Join(append(faults, c.Observe.validate(), c.Domains.validate(), c.HTTP.validate(), c.Peers.validate(), c.validateAuth(), c.validateFleet())...)
}

// Loopback says whether an address can be reached from this machine alone.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Observe is where logs go. Paths are files; "-" is the standard output.
type Observe struct {
	// AccessLogs are paths by the destinationArn of stages; "*" stands for every
	// ARN that is not named.
	AccessLogs map[string]string
	// LogFolder has a file for each log group that AccessLogs does not name; "" for none.
	LogFolder string
	// Tap are ids or names of APIs whose exchanges leave records; "all" stands for all
	// and "none" for none. TapSample is which share of them do; nil: all.
	Tap       []string
	TapSample *float64
	// TraceHeader has answers of the data listener name their records. ExplainErrors does
	// too, has every failure leave one, and has error frames say why.
	TraceHeader, ExplainErrors bool
	// Mask are names of what is secret besides what always is: members of JSON, headers,
	// query parameters and fields of forms, in any case.
	Mask []string
	// TapRecords and TapBytes bound what is kept of them; 0 for 1,000 and 16 MiB.
	TapRecords int
	TapBytes   int
	// Watch is told of exchanges besides logs, metrics and traces; nil: nobody is.
	Watch tap.Source
}
