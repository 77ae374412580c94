package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/cli/settings"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/internal/collector"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/server"
)

const serveLong = `Serves the API Gateway V2 management API and the APIs that it configures.

The data listener answers every Host that begins {apiId}.execute-api. and, where such
names do not resolve, the path /_aws/execute-api/{apiId}/{stage}. The management listener
speaks the AWS protocol under /v2/ and answers /healthz and /readyz. The latter has a line
for each trouble, and 503 while the gateway drains, cannot keep what is written, or has
not served it for 5 seconds.

Without keys, signatures are believed of programs on this machine. A proxy in front makes
requests of others look like theirs: it needs --auth sigv4 --credentials FILE. A management
listener that is not on loopback asks for signatures, or has --auth none: then whoever
reaches the listeners may manage and call.

On a terminal the first line says where it listens. Otherwise the standard output gets one
line of JSON, {"event":"ready","data":URL,"management":URL}, and what a person would read goes
to the standard error.

Every flag is also an environment variable: --data-dir is DRAGOMAN_DATA_DIR, and
DRAGOMAN_DATA_DIR_FILE names a file with the value. A file of settings holds flags too. SIGHUP
reads it anew: what can be taken over is, and the log says what needs a restart.`

// defaults are those of a gateway that this program serves.
func defaults() server.Config {
	c := server.Default()
	c.Version = Version
	return c
}

// serving are the flags of serve.
type serving struct {
	config                 server.Config
	functions, links, bare []string
	planes                 planeFlags
	readyFile, keyFile     string
	settingsFile           string
	log                    processLog
}

// newServing makes them at their defaults, as flags of a command.
func newServing(cmd *cobra.Command) *serving {
	s := &serving{config: defaults()}
	serveFlags(cmd, &s.config, &s.functions, &s.links)
	s.planes.flags(cmd, &s.config)
	fleetFlags(cmd.Flags(), &s.config)
	f := cmd.Flags()
	s.log.flags(f)
	f.StringVar(&s.keyFile, "key-file", "", keyFileUsage)
	f.StringVar(&s.readyFile, "ready-file", "", "write the line ready of a gateway that can be called to `FILE`, whole or not at all, and remove it in the end")
	f.StringVar(&s.settingsFile, settings.FileFlag, "", "read the flags that neither the command line nor the environment gives from a YAML `FILE`, "+defaultSettings+" if that is there; see dragoman settings")
	f.StringArrayVar(&s.bare, "default-api", nil, "the API that answers at the bare address too, under names of loopback, by its `ID` (repeatable: one HTTP API and one WebSocket API)")
	return s
}

// judge reads what flags say together.
func (s *serving) judge() error {
	c := &s.config
	if err := errors.Join(s.log.judge(), readKey(c, s.keyFile), parseFunctions(c, s.functions), parseLinks(c, s.links), s.planes.apply(c)); err != nil {
		return err
	}
	return c.Validate()
}

func newServeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the management API and the APIs it configures",
		Long:  serveLong,
		Args:  cobra.NoArgs,
	}
	s := newServing(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		again := newReloading(cmd, s)
		if _, err := settingsReader().Apply(cmd.Flags()); err != nil {
			return misused(err)
		}
		if err := s.judge(); err != nil {
			return misused(err)
		}
		s.config.DefaultApis = again.defaultApis
		s.config.Flags = flagsOf(cmd)
		s.config.Logger = s.log.logger(cmd.ErrOrStderr())
		return serve(cmd, s.config, s.readyFile, again)
	}
	cmd.SetUsageFunc(groupedUsage(serveGroups()))
	return cmd
}

// flagsOf are the flags of a command as they are.
func flagsOf(cmd *cobra.Command) (all []server.Flag) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			all = append(all, server.Flag{Name: f.Name, Value: f.Value.String(), Changed: f.Changed})
		}
	})
	return all
}

func serveFlags(cmd *cobra.Command, c *server.Config, functions, links *[]string) {
	f := cmd.Flags()
	f.StringVar(&c.File, "config", "", "serve a YAML `FILE` read-only, without a data directory; it is reloaded on change and SIGHUP")
	f.StringVar(&c.DataDir, "data-dir", "dragoman-data", "keep the state in `DIR`; \"\" keeps it in memory")
	f.StringVar(&c.Seed, "seed", "", "have an empty state begin with a YAML `FILE` as export writes it; a state that holds anything is left as it is")
	f.BoolVar(&c.AllowReset, "allow-reset", false, "let POST /_dragoman/reset remove the whole configuration, between tests")
	f.StringArrayVar(&c.Faults, "fault", nil, "have requests and calls go wrong on purpose, by a `RULE` such as route=order,error=0.1,delay=200ms (repeatable): api stage route error status drop delay seed, or conflict operation; see docs/faults.md")
	f.BoolVar(&c.AllowFault, "allow-fault", false, "let PUT /_dragoman/fault say what goes wrong on purpose, in tests of clients")
	f.BoolVar(&c.AcceptLoss, "accept-loss", false, "go on with what is whole of a state that is damaged, and say what is lost")
	f.StringVar(&c.Listen, "listen", c.Listen, "data listener, `HOST:PORT`")
	f.BoolVar(&c.DevTLS, "dev-tls", c.DevTLS, "speak TLS too on the data listener's port, with a certificate of this user's local authority for names under localhost; see dragoman trust")
	f.StringVar(&c.Management, "management", c.Management, "management listener, `HOST:PORT`")
	f.StringVar(&c.Metrics, "metrics-listen", "", "serve /metrics, /healthz and /readyz to whoever asks here, and nothing else, `HOST:PORT`; where signatures are verified the management listener serves /metrics to those who sign")
	f.BoolVar(&c.Console, "console", c.Console, "serve the web console at /console/ on the management listener")
	f.StringVar(&c.Region, "region", c.Region, "region of calls that are not signed")
	f.StringVar(&c.Account, "account", c.Account, "account id, 12 digits")
	f.DurationVar(&c.Drain, "drain", c.Drain, "time over which SIGTERM sends WebSocket clients away, evenly, and that it gives to what is under way")
	f.DurationVar(&c.ShutdownDelay, "shutdown-delay", 0, "time after SIGTERM in which /readyz is 503 and everybody is served still, so that load balancers look elsewhere first")
	f.StringVar(&c.Front, "front", c.Front, "server of the data listener: own, or net/http for Go's")
	f.StringVar(&c.ApiEndpoint, "api-endpoint", c.ApiEndpoint, "apiEndpoint of APIs: local, aws, or a template with {protocol} {apiId} {region} {port}")
	f.StringVar(&c.DomainName, "domain-name", "", "what handlers are told as domainName, where they call back: `TEMPLATE`, HOST[:PORT] with {apiId} {region} {port}; else the host that the client used, as far as it is believed")
	f.StringArrayVar(functions, "function", nil, "run a Lambda function from a folder, NAME=DIR[#handler][@runtime], or send it to an Invoke endpoint, `NAME=URL` (repeatable)")
	f.Var(&commands{&c.FunctionRuntimes}, "runtime", "run functions of a runtime, such as java21, by a command that speaks the Lambda Runtime API, `NAME=COMMAND` (repeatable); a shell reads it, in the function's folder")
	f.IntVar(&c.FunctionConcurrency, "function-concurrency", 0, "processes of one function at most; more callers wait, as long as their timeout allows; 0 is 10")
	f.StringArrayVar(links, "vpc-link", nil, "targets behind a VPC link, `ID=HOST:PORT[,HOST:PORT…]`; ID may be a listener's or service's ARN (repeatable)")
	f.StringArrayVar(&c.DenyBackends, "deny-backends", nil, "dial no backend, function, AWS service or JWT issuer in this range of addresses, `CIDR` (repeatable); judged when dialling")
	f.BoolVar(&c.AssumeRoles, "assume-roles", false, "assume an integration's credentialsArn before calling it")
	f.StringVar(&c.Auth, "auth", "", "what callers of the management API are asked for: sigv4, a signature by one of the keys, or none, so that whoever reaches the listeners is believed; else loopback is believed, and any other listener asks")
	f.StringVar(&c.Credentials, "credentials", "", "access keys, a `FILE` in the AWS shared credentials format")
	f.Float64Var(&c.ManagementRate, "management-rate", 0, "management calls a second before TooManyRequestsException; 0 sets no limit")
	f.IntVar(&c.ManagementBurst, "management-burst", 0, "management calls that may come at once; 0 is the rate, rounded up")
	f.StringVar(&c.Quotas, "quotas", "", "enforce the counts of resources that AWS allows: aws")
	f.BoolVar(&c.StrictIssuers, "strict-issuers", false, "refuse JWT authorizers whose issuer does not answer")
	f.BoolVar(&c.ImportOpen, "import-open", false, "import operations whose security scheme no authorizer stands for, open to everybody; they are left out otherwise")
	f.BoolVar(&c.StrictImport, "strict-import", false, "refuse imports of OpenAPI 3.1, as AWS does; they are read with a warning otherwise")
	f.IntVar(&c.MaxTemplate, "max-template", c.MaxTemplate, "characters of a mapping template")
	f.IntVar(&c.MaxConnections, "max-connections", 0, "clients of the data listeners at a time before 503; 0 is the limit of open files less a reserve for management and backends")
	f.Int64Var(&c.MaxBodies, "max-bodies", 0, "bytes of bodies, messages and answers held at a time for all clients together before 503; 0 is a quarter of the memory limit")
	f.Int64Var(&c.MaxTemplateMemory, "max-template-memory", 0, "bytes that all mapping templates being rendered hold at a time before the largest fails; 0 is 64 MiB")
	f.IntVar(&c.InFlight, "in-flight", c.InFlight, "messages of one connection that run side by side")
	f.IntVar(&c.WebSocket.Message, "max-message", c.WebSocket.Message, "bytes of a WebSocket message before close code 1009")
	f.IntVar(&c.WebSocket.Frame, "max-frame", c.WebSocket.Frame, "bytes of a WebSocket frame before close code 1009")
	f.DurationVar(&c.WebSocket.Idle, "idle-timeout", c.WebSocket.Idle, "close a WebSocket without messages after this time")
	f.DurationVar(&c.WebSocket.Lifetime, "max-lifetime", c.WebSocket.Lifetime, "close a WebSocket after this time")
}

func serve(cmd *cobra.Command, config server.Config, readyFile string, again *reloading) error {
	limitMemory(os.DirFS("/"))
	defer collect(cmd.Context(), tasks.NewReporter(config.Logger))()
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Thousands of APIs take their time until the gateway can be called.
	bar := terminal.NewBar(cmd.ErrOrStderr(), "APIs loaded")
	config.Progress = bar.Show
	bar.Wait("reading what is stored")
	s, err := server.New(config)
	bar.Clear()
	if err != nil {
		return err
	}
	collector.Started()
	remove, err := tellReady(cmd, s, readyFile)
	if err != nil {
		stop() // what is open is closed by a run that ends at once
		return errors.Join(err, s.Run(ctx))
	}
	defer remove()
	notify("READY=1", config.Logger)
	defer context.AfterFunc(ctx, tasks.NewReporter(config.Logger).Guard("telling the service manager", func() { notify("STOPPING=1", config.Logger) }))()
	running, ended := context.WithCancel(ctx)
	defer onHangup(running, func() { again.reload(s, config.Logger) })()
	defer ended()
	return s.Run(ctx)
}

// pairs reads NAME=VALUE flags.
func pairs(flag string, values []string) (map[string]string, error) {
	found := map[string]string{}
	for _, value := range values {
		name, rest, ok := strings.Cut(value, "=")
		if !ok || name == "" || rest == "" {
			return nil, fmt.Errorf("--%s %q: want NAME=VALUE", flag, value)
		}
		if _, twice := found[name]; twice {
			return nil, fmt.Errorf("--%s names %q twice", flag, name)
		}
		found[name] = rest
	}
	return found, nil
}
