package server

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/integration/awsservice"
	"github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/integration/lambda"
	"github.com/dragoman-gateway/dragoman/integration/mock"
	"github.com/dragoman-gateway/dragoman/integration/private"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/management/own"
)

// backends are what integrations call; both planes share them.
type backends struct {
	functions *lambda.Invoker
	services  *awsservice.Invoker
	web       *http.Client // public backends, and private ones through links
	invoke    function.Invoker
	aws       *awsconfig.Client
	local     *local.Runner // functions that run here
}

// openBackends makes the backends and leaves their closing to the server.
func (s *Server) openBackends() error {
	roots, err := s.config.HTTP.roots()
	if err != nil {
		return err
	}
	if s.deny, err = egress.Parse(s.config.DenyBackends); err != nil {
		return fmt.Errorf("--deny-backends %w", err)
	}
	links, err := private.New(private.Options{Links: s.config.VpcLinks, Deny: s.deny, Reports: s.reports})
	if err != nil {
		return fmt.Errorf("--vpc-link: %w", err)
	}
	aws := awsconfig.New(awsconfig.Options{Region: s.config.Region, AssumeRoles: s.config.AssumeRoles, Bodies: s.bounds.bodies, Descriptors: s.bounds.backends, Deny: s.deny, Logger: s.logger})
	called, err := function.New(aws, s.config.Functions)
	if err != nil {
		links.Close()
		return fmt.Errorf("--function: %w", err)
	}
	runner, err := s.openFunctions()
	if err != nil {
		links.Close()
		return err
	}
	functions := s.config.seams.called(function.Route(runner, called))
	web := http.New(http.Options{Resolver: links, RootCAs: roots, Bodies: s.bounds.bodies, Descriptors: s.bounds.backends, Deny: s.deny, Reports: s.reports})
	s.bounds.table.Reclaim(web.CloseIdle)
	s.bounds.table.Reclaim(aws.CloseIdle)
	s.backends = backends{lambda.New(functions), awsservice.New(aws), web, functions, aws, runner}
	s.closers = append(s.closers, func() error {
		web.Close()
		aws.Close()
		links.Close()
		return runner.Close()
	})
	return nil
}

// openFunctions makes the runner of functions that are processes here. What they
// print is logged.
func (s *Server) openFunctions() (*local.Runner, error) {
	return local.New(local.Options{
		Region: s.config.Region, Account: s.config.Account, Environment: os.Environ(), Reports: s.reports, Logger: s.logger,
		Endpoint: func() string { return "http://" + reachable(s.management.Listener.Addr()) },
		Log:      func(l local.Line) { s.logger.Info(l.Text, "function", l.Function) },
	}, s.config.Local...)
}

// webSocket are the backends of WebSocket integrations.
func (b *backends) webSocket() wsapi.Invokers {
	return wsapi.Invokers{HTTP: b.web, Mock: mock.Invoker{}, Function: b.functions, Service: b.services}
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

// localFunctions are the functions that run here, as Lambda shows them.
func (s *Server) localFunctions(region, account string) []own.Function {
	running := s.backends.local.Functions()
	shown := make([]own.Function, 0, len(running))
	for _, f := range running {
		shown = append(shown, own.Function{
			FunctionName: f.Name, FunctionArn: "arn:aws:lambda:" + region + ":" + account + ":function:" + f.Name, Runtime: f.Runtime, Handler: f.Handler,
			Timeout: int(f.Timeout.Seconds()), MemorySize: f.Memory, Version: "$LATEST", PackageType: "Zip", State: "Active", LastUpdateStatus: "Successful",
		})
	}
	return shown
}

// reachable is the address of a listener for programs on this machine.
func reachable(at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return at.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}
