package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/clone"
	"github.com/dragoman-gateway/dragoman/clone/code"
	"github.com/dragoman-gateway/dragoman/resource"
)

const cloneLong = `Copies HTTP and WebSocket APIs out of an AWS account, or any other server of the V2 API: routes,
integrations, responses, models, authorizers and stages, what each stage of an HTTP API serves, and
the custom domains, mappings, rules and VPC links that belong to them; with --all also developer
portals with their products and pages.

  dragoman clone --all --profile prod --region eu-west-1 --to gateway.yaml
  dragoman serve --config gateway.yaml

  dragoman clone --api-id a1b2c3d4e5 --to http://127.0.0.1:8081

A file is the YAML document that dragoman serve --config serves and dragoman import loads. A URL is
the management listener of a Dragoman that runs: the APIs are added to what is there, under their
own ids where those are free. Without --to the document is printed.

Nothing is changed at the source: only Get and List operations and ExportApi are called, with the
profile, role or SSO session that every AWS tool uses. What could not be copied is listed at the
end; when something could not be read, the rest is copied and the exit status is 1.`

// cloning are the flags of a clone.
type cloning struct {
	apiIds                             []string
	all, functions, force, noSign      bool
	endpoint, region, profile, account string
	to, toProfile                      string
	maxTemplate                        int
}

func newCloneCommand() *cobra.Command {
	var c cloning
	cmd := &cobra.Command{
		Use:   "clone (--api-id ID | --all)",
		Short: "Copy APIs out of an AWS account, or any other gateway",
		Long:  cloneLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			err := c.run(ctx, cmd)
			if ctx.Err() != nil && err != nil {
				return errors.New("interrupted: nothing was written")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&c.apiIds, "api-id", nil, "copy the API with this `ID` (repeatable)")
	f.BoolVar(&c.all, "all", false, "copy every API of the region")
	f.StringVar(&c.endpoint, "endpoint-url", "", "the server of the V2 API (default AWS, or as the AWS configuration has it)")
	f.StringVar(&c.region, "region", "", "the region to copy from")
	f.StringVar(&c.profile, "profile", "", "the profile of the AWS configuration that holds the key")
	f.BoolVar(&c.noSign, "no-sign-request", false, "send no signature")
	f.StringVar(&c.to, "to", "", "write to `FILE|URL`, a file or a Dragoman that runs, instead of the standard output")
	f.StringVar(&c.toProfile, "to-profile", "", "the profile that holds the key for the Dragoman of --to")
	f.BoolVar(&c.functions, "functions", false, "download the code of the functions that the APIs call into a folder beside the file, NAME-functions for NAME.yaml")
	f.BoolVar(&c.force, "force", false, "replace the file, and the folder of functions, when they are there")
	f.StringVar(&c.account, "account", "", "account id of the document (default the one that its ARNs name)")
	f.IntVar(&c.maxTemplate, "max-template", resource.MaxTemplate, "characters of a mapping template")
	cmd.MarkFlagsMutuallyExclusive("api-id", "all")
	cmd.MarkFlagsOneRequired("api-id", "all")
	return cmd
}

func (c *cloning) run(ctx context.Context, cmd *cobra.Command) error {
	if c.account != "" && !accountId.MatchString(c.account) {
		return misused(fmt.Errorf("--account %s: want 12 digits", c.account))
	}
	out, err := c.destination(cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.discard()
	shown := newProgress(cmd.ErrOrStderr())
	defer shown.clear()
	source := awsconfig.New(awsconfig.Options{Region: c.region, Profile: c.profile, Token: func() (string, error) { return askToken(cmd) }})
	defer source.Close()
	from, transport, region, err := c.source(ctx, source)
	if err != nil {
		return err
	}
	copied, err := clone.Run(ctx, clone.Options{Client: from, Region: region, ApiIds: c.apiIds, Account: c.account, MaxTemplate: c.maxTemplate, Progress: shown.show})
	if err != nil {
		return err
	}
	r := &cloneReport{Copy: copied, region: region}
	if c.functions {
		// An emulator has all services at one address, and so has a Dragoman.
		fetcher := &code.Fetcher{AWS: source, Endpoint: c.endpoint, Region: region, Download: transport}
		if os.Getenv("AWS_ENDPOINT_URL_LAMBDA") != "" {
			fetcher.Endpoint = ""
		}
		if err := r.fetch(ctx, fetcher, out, shown); err != nil {
			return err
		}
	} else {
		r.unfetched()
	}
	shown.clear()
	if err := during(cmd, "writing", func() error { return out.write(ctx, r) }); err != nil {
		return err
	}
	fmt.Fprint(cmd.ErrOrStderr(), r)
	if len(r.Report.Unread) > 0 {
		return &exitError{code: 1}
	}
	return nil
}

var accountId = regexp.MustCompile(`^[0-9]{12}$`)

// attemptTime bounds one attempt of a call, and cloneAttempts how often each is made:
// an account's rate of management calls is small and shared by all of its tools.
const (
	attemptTime   = time.Minute
	cloneAttempts = 12
)

// source makes the client of the server that is copied from, in a region. The transport
// trusts whom the AWS configuration trusts.
func (c *cloning) source(ctx context.Context, config *awsconfig.Client) (from *client.Client, transport http.RoundTripper, region string, err error) {
	at, err := config.Target(ctx, &awsconfig.Call{ID: "ApiGatewayV2", Host: "apigateway", Signing: "apigateway", Endpoint: c.endpoint})
	if err != nil {
		return nil, nil, "", err
	}
	if at.Region == "" && !onThisMachine(at.Endpoint) {
		return nil, nil, "", errors.New("no region: give --region, AWS_REGION or a profile with one")
	}
	region = cmp.Or(at.Region, "us-east-1")
	o := client.Options{BaseEndpoint: at.Endpoint, Region: region, UserAgent: "dragoman-cli/" + Version, RetryMaxAttempts: cloneAttempts,
		HTTPClient: &http.Client{Transport: at.Transport, Timeout: attemptTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if !c.noSign {
		o.Credentials = func(ctx context.Context) (client.Credentials, error) {
			key, err := at.Credentials(ctx)
			return client.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, SessionToken: key.SessionToken}, c.wayOut(err)
		}
	}
	return client.New(o), at.Transport, region, nil
}

// wayOut adds to an error of credentials what would help.
func (c *cloning) wayOut(err error) error {
	if _, none := errors.AsType[*awsconfig.NoCredentials](err); none {
		return errors.New("no AWS credentials: give --profile NAME, keys in the environment, or --endpoint-url of another server")
	}
	// The SDK has no type for it.
	if err != nil && strings.Contains(err.Error(), "SSO token") {
		login := "aws sso login"
		if c.profile != "" {
			login += " --profile " + c.profile
		}
		return fmt.Errorf("%s begins a session: %w", login, err)
	}
	return err
}

// askToken asks whoever sits there for the code of an MFA device.
func askToken(cmd *cobra.Command) (string, error) {
	fmt.Fprint(cmd.ErrOrStderr(), "MFA code: ")
	line, err := io.ReadAll(io.LimitReader(&oneLine{cmd.InOrStdin()}, 64))
	return strings.TrimSpace(string(line)), err
}

// oneLine reads up to the end of a line and no further, byte by byte.
type oneLine struct{ from io.Reader }

func (l *oneLine) Read(p []byte) (int, error) {
	if l.from == nil || len(p) == 0 {
		return 0, io.EOF
	}
	n, err := l.from.Read(p[:1])
	if n == 1 && p[0] == '\n' {
		l.from = nil
	}
	return n, err
}
