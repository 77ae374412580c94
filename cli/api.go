package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/wire"
)

const apiLong = `Calls one operation of the management API, of a Dragoman or of AWS, with the names that the
AWS CLI has for operations and flags, and prints the answer as JSON.

  dragoman api create-api --name chat --protocol-type WEBSOCKET \
      --route-selection-expression '$request.body.action'
  dragoman api update-integration-response --api-id a1b2c3d4e5 --integration-id abc1234 \
      --integration-response-id def5678 --response-templates '{"application/json":"$input.body"}'

Values of lists, maps and structures are JSON or the AWS CLI's shorthand (a=b,c=d); file://PATH
reads any value from a file. Lists of operations are followed to their end unless --no-paginate
says otherwise. Keys and profiles are found as the AWS SDKs find them; without any, a gateway on
this machine is called with a placeholder.

The exit status is 254 when the service refused, 252 when the command line is wrong, and 255
when the call could not be made.`

// Exit statuses, those of the AWS CLI.
const (
	exitRefused = 254
	exitUsage   = 252
	exitFailed  = 255
)

// apiOptions are the flags that all operations share.
type apiOptions struct {
	endpoint string
	region   string
	profile  string
	noSign   bool
	output   string
	query    string
}

// check says what is wrong with how the answer shall be printed, before anything is
// called: a create that cannot be printed has still created.
func (o *apiOptions) check() error {
	if o.output != "json" && o.output != "text" {
		return fmt.Errorf("--output %s: want json or text", o.output)
	}
	if o.query == "" {
		return nil
	}
	_, err := parseQuery(o.query)
	return err
}

const defaultEndpoint = "http://127.0.0.1:8081"

// newApiCommand makes the command, and what gives it one below for each operation: the table
// of a hundred operations is read for those command lines alone that may speak of them.
func newApiCommand() (api *cobra.Command, operations func()) {
	o := &apiOptions{}
	cmd := &cobra.Command{
		Use:   "api",
		Short: "Call the management API, as the AWS CLI does",
		Long:  apiLong,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &exitError{exitUsage, unknownCommand(cmd, args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetFlagErrorFunc(usageError)
	flags := cmd.PersistentFlags()
	flags.StringVar(&o.endpoint, "endpoint-url", "", "where to call (default "+defaultEndpoint+", or DRAGOMAN_ENDPOINT)")
	flags.StringVar(&o.region, "region", "", "the region to call")
	flags.StringVar(&o.profile, "profile", "", "the profile of the AWS configuration that holds the key")
	flags.BoolVar(&o.noSign, "no-sign-request", false, "send no signature")
	flags.StringVar(&o.output, "output", "json", "json or text")
	flags.StringVar(&o.query, "query", "", "print only this part of the answer, such as Items[].ApiId")
	flags.Bool("no-cli-pager", false, "taken for the AWS CLI's sake; there is no pager")
	_ = flags.MarkHidden("no-cli-pager")
	cmd.AddCommand(newBroadcastCommand(o))
	return cmd, func() {
		for _, operation := range wire.Operations() {
			cmd.AddCommand(newOperationCommand(operation, o))
		}
	}
}

// newOperationCommand makes the subcommand of one operation out of its row in the
// table. Its flags are parsed here, not by cobra, because a list takes all words
// that follow its flag.
func newOperationCommand(o *wire.Operation, options *apiOptions) *cobra.Command {
	cmd := &cobra.Command{
		Use:                kebab(o.Name),
		Short:              o.Doc,
		Long:               o.Doc + "\n" + o.Method + " " + o.Path,
		DisableFlagParsing: true,
		ValidArgsFunction:  completeFlags,
	}
	input := newInputFlags(o, cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cmd.DisableFlagParsing = false
		if err := cmd.ParseFlags(input.spread(args)); err != nil {
			return usageError(cmd, err)
		}
		if help, _ := cmd.Flags().GetBool("help"); help {
			return cmd.Help()
		}
		members, err := input.members(cmd.Flags().Args())
		if err = errors.Join(err, options.check()); err != nil {
			return usageError(cmd, err)
		}
		return runOperation(cmd, options, input, members)
	}
	return cmd
}

func runOperation(cmd *cobra.Command, options *apiOptions, input *inputFlags, members map[string]any) error {
	ctx := cmd.Context()
	c, err := options.client(ctx)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	o := input.operation
	body, err := input.invoke(ctx, c, members)
	if err != nil {
		return refusal(o, c, err)
	}
	if o.Name == "ExportApi" {
		return input.save(cmd.OutOrStdout(), body)
	}
	if err := printAnswer(cmd.OutOrStdout(), options, o, body); err != nil {
		return &exitError{exitUsage, err}
	}
	return nil
}

// refusal words an error as the AWS CLI does, with its exit status.
func refusal(o *wire.Operation, c *apiClient, err error) error {
	if response, ok := errors.AsType[*client.ResponseError](err); ok {
		code := cmp.Or(response.Code, fmt.Sprint(response.StatusCode))
		return &exitError{exitRefused, fmt.Errorf("\nAn error occurred (%s) when calling the %s operation: %s", code, o.Name, response.Message)}
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		err = fmt.Errorf("could not connect to the endpoint URL %q: %w", c.endpoint, err)
	}
	return &exitError{exitFailed, fmt.Errorf("\n%w", err)}
}

func usageError(cmd *cobra.Command, err error) error {
	return &exitError{exitUsage, fmt.Errorf("%w\n\nusage: %s [flags]; --help tells which", flagError(cmd, err), cmd.CommandPath())}
}

// apiClient is a client that remembers where it calls.
type apiClient struct {
	*client.Client
	endpoint string
}

func (o *apiOptions) client(ctx context.Context) (*apiClient, error) { return o.clientOf(ctx, "") }

// clientOf is a client that signs for a service; "" is the management API.
func (o *apiOptions) clientOf(ctx context.Context, service string) (*apiClient, error) {
	endpoint := o.at()
	if err := addressed(endpoint); err != nil {
		return nil, err
	}
	loaded, err := config.LoadDefaultConfig(ctx,
		config.WithSharedConfigProfile(o.profile),
		config.WithRegion(o.region),
		// Looking for a machine's own role takes seconds where there is none.
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return nil, err
	}
	settings := client.Options{BaseEndpoint: endpoint, Region: cmp.Or(o.region, loaded.Region, "us-east-1"), UserAgent: "dragoman-cli/" + Version, SigningName: service}
	if !o.noSign {
		settings.Credentials = credentialsOf(loaded, endpoint)
	}
	return &apiClient{client.New(settings), endpoint}, nil
}

// credentialsOf asks the SDK's configuration for a key. A gateway on this machine
// may verify none, and learns the region from the signature, so that a placeholder
// is better than no signature.
func credentialsOf(loaded aws.Config, endpoint string) func(context.Context) (client.Credentials, error) {
	return func(ctx context.Context) (client.Credentials, error) {
		key, err := loaded.Credentials.Retrieve(ctx)
		switch {
		case err == nil:
			return client.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, SessionToken: key.SessionToken}, nil
		case onThisMachine(endpoint):
			return client.Credentials{AccessKeyID: "dragoman", SecretAccessKey: "dragoman"}, nil
		}
		return client.Credentials{}, fmt.Errorf("unable to locate credentials: %w", err)
	}
}

func onThisMachine(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// save writes a document to the file that the command line names, or prints it.
func (f *inputFlags) save(out io.Writer, body []byte) error {
	var err error
	if f.outfile != "" && f.outfile != "-" && f.outfile != "/dev/stdout" {
		err = os.WriteFile(f.outfile, body, 0o644)
	} else {
		_, err = out.Write(body)
	}
	if err != nil {
		return &exitError{exitFailed, err}
	}
	return nil
}

// kebab writes an SDK name as the AWS CLI does: UpdateIntegrationResponse is
// update-integration-response.
func kebab(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && 'A' <= c && c <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}
