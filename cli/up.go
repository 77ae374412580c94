package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/up"
	"github.com/dragoman-gateway/dragoman/cli/up/services"
	"github.com/dragoman-gateway/dragoman/gateway/backends"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/server"
)

const upLong = `Serves a template with its own functions, here and now: SAM and CloudFormation templates, a CDK
cloud assembly (cdk.out), the folder .serverless, an OpenAPI document, or a document as dragoman
export writes it. Without FILE it looks for them in the present folder, in that order.

  dragoman init chat && cd chat && dragoman up

The APIs are made as the template says, the functions run as processes of this machine, and what
is saved is served at once: no socket is closed for it. What differs is changed and nothing else;
a template that cannot be read changes nothing, and all its faults are shown. The state is kept in
.dragoman/ beside the template, so that APIs keep their ids.

An HTTP API and a WebSocket API that are alone of their kind answer at the bare address too:
http://127.0.0.1:8080/path and ws://127.0.0.1:8080/STAGE.

up runs what a template names (handlers, go build, make, npm and pip for layers), as make does. --check runs nothing.
It exits with 0, with 1 for faults, and with 2 when it was called wrongly.`

// upFlags are the flags of up beside those of serve.
type upFlags struct {
	port       int
	parameters []string
	inspect    []string
	yes        bool
	up.Options
}

func newUpCommand() *cobra.Command {
	flags := upFlags{Options: up.Options{Config: defaults()}}
	c := &flags.Config
	c.DevTLS, c.Observe.Tap, c.Observe.TraceHeader = true, []string{"all"}, true
	c.Drain = 3 * time.Second // who has pressed Ctrl-C waits, and nobody comes back at once
	var functions, links []string
	var planes planeFlags
	cmd := &cobra.Command{
		Use:   "up [FILE|DIR]...",
		Short: "Serve a template with its own functions, and whatever is saved of it",
		Long:  upLong,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.read(cmd, args, func() error {
				return errors.Join(parseFunctions(c, functions), parseLinks(c, links), planes.apply(c))
			}); err != nil {
				return misused(err)
			}
			c.Flags = flagsOf(cmd)
			return flags.run(cmd)
		},
	}
	serveFlags(cmd, c, &functions, &links)
	planes.flags(cmd, c)
	flags.flags(cmd)
	cmd.SetUsageFunc(groupedUsage(upGroups()))
	return cmd
}

func parseLinks(c *server.Config, values []string) (err error) {
	c.VpcLinks, err = backends.ParseLinks(values)
	return err
}

func (u *upFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&u.port, "port", 8080, "data listener, 127.0.0.1:`N`; 0 takes free ports for both listeners")
	f.StringArrayVar(&u.parameters, "parameter", nil, "a parameter of the template, `NAME=VALUE` (repeatable)")
	f.StringVar(&u.StackName, "stack-name", "", "`NAME` of the stack, which ids are made of (default the folder's name)")
	f.StringArrayVar(&u.DefaultApis, "default-api", nil, "the API that answers at the bare address, by `LOGICALID` (repeatable: one HTTP API and one WebSocket API)")
	f.StringVar(&u.EnvFile, "env-file", "", "variables for every function, a `FILE` with NAME=value lines")
	f.StringVar(&u.EnvVars, "env-vars", "", "variables by function, a JSON `FILE` as sam local has it: {\"Function\": {\"NAME\": \"value\"}, \"Parameters\": {…}}")
	f.StringVar(&u.Services, "services", "", "have tables, queues and the like made by the server at this `URL`, an emulator that has CloudFormation; functions find all services there")
	f.BoolVar(&u.yes, "yes", false, "let --services make things at AWS itself")
	f.StringArrayVar(&u.inspect, "inspect", nil, "let a debugger attach to a function, `NAME[=PORT]` (repeatable): it has one process with Node's inspector or debugpy, and no time is over while one is attached")
	f.BoolVar(&u.Check, "check", false, "read the template and report its faults; nothing is run")
	f.BoolVar(&u.Once, "once", false, "end when the standard input does")
	f.BoolVar(&u.JSON, "json", false, "print events as JSON, one object a line, and nothing else")
	f.BoolVar(&u.Reset, "reset", false, "forget the state of .dragoman/ first")
	f.Lookup("config").Usage = "serve this `FILE` too, as if it were an argument"
	dir := f.Lookup("data-dir")
	dir.Usage, dir.DefValue = "keep the state in `DIR`; \"\" keeps it in memory", ".dragoman/state beside the template"
}

// read takes flags and environment into the options; lists reads flags that repeat.
func (u *upFlags) read(cmd *cobra.Command, args []string, lists func() error) error {
	named := cmd.Flags().Changed("config")
	if err := errors.Join(fromEnvironment(cmd), readKey(&u.Config, os.Getenv(keyVariable+"_FILE"))); err != nil {
		return err
	}
	if err := lists(); err != nil {
		return err
	}
	// What the environment names is for when nothing else is named.
	if file := u.Config.File; file != "" && (named || len(args) == 0) {
		args = append([]string{file}, args...)
	}
	u.Config.File = ""
	given, c := cmd.Flags().Changed, &u.Config
	switch {
	case given("port") && given("listen"):
		return errors.New("--port and --listen say the same: give one of them")
	case u.port < 0 || u.port > 65535:
		return fmt.Errorf("--port %d: want a port, or 0 for any that is free", u.port)
	}
	if given("port") {
		c.Listen = "127.0.0.1:" + strconv.Itoa(u.port)
	}
	if u.Management = given("management"); !u.Management && given("port") && u.port == 0 {
		c.Management = "127.0.0.1:0"
	}
	if given("region") {
		u.Region = c.Region
	}
	if u.Services != "" && services.Public(u.Services) && !u.yes {
		return fmt.Errorf("--services %s is AWS itself, where what is made has its price: --yes makes it all the same", u.Services)
	}
	if u.Memory = given("data-dir") && c.DataDir == ""; !given("data-dir") {
		c.DataDir = ""
	}
	if err := c.Validate(); err != nil {
		return err
	}
	u.Parameters = map[string]string{}
	for _, value := range u.parameters {
		name, value, ok := strings.Cut(value, "=") // a value may be empty
		if !ok || name == "" {
			return fmt.Errorf("--parameter %q: want NAME=VALUE", name)
		}
		u.Parameters[name] = value
	}
	u.Inspect = map[string]int{}
	for _, value := range u.inspect {
		name, text, ok := strings.Cut(value, "=")
		port, err := strconv.Atoi(text)
		if name == "" || ok && (err != nil || port < 0 || port > 65535) {
			return fmt.Errorf("--inspect %q: want NAME or NAME=PORT", value)
		}
		u.Inspect[name] = port
	}
	u.Paths = args
	u.In, u.Out, u.Err = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	return nil
}

func (u *upFlags) run(cmd *cobra.Command) error {
	limitMemory(os.DirFS("/"))
	defer collect(cmd.Context(), nil)()
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var group tasks.Group
	group.Go("waiting for a signal", func() {
		<-ctx.Done()
		stop() // who asks twice does not want to wait for what is under way
	})
	err := up.Run(ctx, &u.Options)
	if usage, ok := errors.AsType[*up.UsageError](err); ok {
		return misused(usage)
	}
	if errors.Is(err, up.ErrFaults) || errors.Is(err, context.Canceled) && ctx.Err() != nil { // who ended it knows
		return &exitError{1, nil}
	}
	return err
}
