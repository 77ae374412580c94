package cli

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/connect"
	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

const connectLong = `Connects to a WebSocket API, sends what is typed and shows what comes back, with the time it
took. Give an address, or the name or id of an API, whose address the management API is asked
for as "dragoman api" does; its stage may be left out where there is only one.

  dragoman connect chat/dev
  dragoman connect wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod --sign
  dragoman connect chat -x '{"action":"order","id":"42"}' --wait 1s
  generate-messages | dragoman connect chat/dev --json >answers.jsonl
  dragoman connect chat --record orders.talk
  dragoman connect chat --play orders.talk

At the prompt /help lists the commands, arrow keys go through the history, and Ctrl-O shows JSON
over several lines. Without a terminal, or with -x, answers go to standard output, one a line,
and the command ends --wait after the last message.

--play sends and expects what a file says: a test. The exit status is 1 when the conversation
went otherwise, when the handshake failed, or when the server ended the connection by another
close code than 1000.`

// connecting are the flags of connect.
type connecting struct {
	apiOptions
	connect.Options
	headers []string
	wait    seconds
	sign    bool
	ca      string
}

func newConnectCommand() *cobra.Command {
	o := &connecting{wait: seconds(2 * time.Second)}
	cmd := &cobra.Command{
		Use:   "connect URL|API[/STAGE]",
		Short: "Talk to a WebSocket API from the terminal",
		Long:  connectLong,
		Args:  cobra.ExactArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.headers, "header", "H", nil, "send a header, `NAME:VALUE` (repeatable)")
	f.StringArrayVarP(&o.Subprotocols, "subprotocol", "s", nil, "offer a subprotocol (repeatable)")
	f.BoolVar(&o.sign, "sign", false, "sign the handshake (SigV4, for execute-api), with the credentials that AWS's tools find")
	f.StringVar(&o.ca, "ca", "", "believe the certificates in `FILE` too (PEM)")
	f.StringArrayVarP(&o.Messages, "execute", "x", nil, "send this `MESSAGE` instead of asking for some (repeatable)")
	f.VarP(&o.wait, "wait", "w", "without a terminal, wait this long for answers after the last message, `TIME` or seconds; -1 waits until the server ends the connection")
	f.DurationVar(&o.Timeout, "timeout", 5*time.Second, "give up on a handshake, a pong or an answer of --play after this `TIME`")
	f.BoolVar(&o.Reconnect, "reconnect", false, "connect again when the connection ends")
	f.BoolVar(&o.Pretty, "pretty", false, "show JSON over several lines from the beginning")
	f.BoolVar(&o.JSON, "json", false, "print all that happens as lines of JSON")
	f.StringVar(&o.Record, "record", "", "write the conversation to `FILE`, as --play reads it")
	f.StringArrayVar(&o.Play, "play", nil, "send and expect what `FILE` says, and fail on a difference (repeatable)")
	o.apiOptions.callFlags(cmd)
	cmd.MarkFlagsMutuallyExclusive("play", "record")
	cmd.MarkFlagsMutuallyExclusive("play", "execute")
	cmd.MarkFlagsMutuallyExclusive("play", "reconnect")
	return cmd
}

func (o *connecting) run(cmd *cobra.Command, to string) (err error) {
	ctx, stop := interruptible(cmd)
	defer stop()
	if o.Timeout <= 0 {
		return misused(errors.New("--timeout: want a time that is more than nothing"))
	}
	if o.Header, o.Host, err = readHeaders(o.headers); err != nil {
		return err
	}
	if o.ca != "" {
		if o.Roots, err = readRoots(o.ca); err != nil {
			return err
		}
	}
	if o.Address, err = o.find(ctx, to); err != nil {
		return err
	}
	if o.sign {
		o.Sign = o.signature
	}
	o.Wait = time.Duration(o.wait)
	o.In, o.Out, o.Err = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	o.Why = o.explain
	err = connect.Run(ctx, &o.Options)
	if errors.Is(err, connect.ErrDifferent) || errors.Is(err, connect.ErrClosed) {
		return &exitError{code: 1} // what happened has been told
	}
	return err
}

// find makes an address of what the command line names.
func (o *connecting) find(ctx context.Context, to string) (*url.URL, error) {
	if connect.IsAddress(to) {
		return connect.ParseAddress(to)
	}
	c, err := o.client(ctx)
	if err != nil {
		return nil, err
	}
	api, stage, err := findApi(ctx, c, to)
	if err != nil {
		return nil, err
	}
	if api.ProtocolType != resource.WebSocket {
		return nil, fmt.Errorf("%s is an HTTP API: there are no WebSockets to connect to", to)
	}
	if stage == "" {
		if stage, err = onlyStage(ctx, c, api.ApiId); err != nil {
			return nil, err
		}
	}
	return connect.ParseAddress(api.ApiEndpoint + "/" + url.PathEscape(stage))
}

// errNoApi is of names that no API has, where whoever has asked goes on with that.
var errNoApi = errors.New("has no API with the id or name")

// findApi finds an API by its id or name, with the stage behind it, "" for none.
func findApi(ctx context.Context, c *apiClient, to string) (*resource.Api, string, error) {
	whole, front, stage := to, to, ""
	if i := strings.LastIndexByte(to, '/'); i >= 0 {
		front, stage = to[:i], to[i+1:]
	}
	var exact, named []resource.Api // exact have a name with a slash
	for api, err := range c.Apis(ctx, &client.GetApisInput{}) {
		switch {
		case err != nil:
			return nil, "", unanswered(c, err)
		case api.ApiId == front:
			return &api, stage, nil
		case api.Name == whole:
			exact = append(exact, api)
		case api.Name == front:
			named = append(named, api)
		}
	}
	if len(exact) > 0 {
		named, stage = exact, ""
	}
	switch len(named) {
	case 0:
		return nil, "", fmt.Errorf("%s %w %s", c.endpoint, errNoApi, front)
	case 1:
		return &named[0], stage, nil
	}
	var ids []string
	for _, api := range named {
		ids = append(ids, api.ApiId)
	}
	return nil, "", fmt.Errorf("%d APIs have the name %s: say which by its id, %s", len(named), named[0].Name, strings.Join(ids, " or "))
}

func onlyStage(ctx context.Context, c *apiClient, api string) (string, error) {
	var names []string
	for stage, err := range c.Stages(ctx, &client.GetStagesInput{ApiId: api}) {
		if err != nil {
			return "", unanswered(c, err)
		}
		names = append(names, stage.StageName)
	}
	slices.Sort(names)
	switch len(names) {
	case 0:
		return "", fmt.Errorf("API %s has no stage", api)
	case 1:
		return names[0], nil
	}
	return "", fmt.Errorf("API %s has several stages: say which, %s", api, api+"/"+strings.Join(names, " or "+api+"/"))
}

// unanswered words why the management API gave no answer.
func unanswered(c *apiClient, err error) error {
	if response, ok := errors.AsType[*client.ResponseError](err); ok {
		return fmt.Errorf("the gateway refused: %s", response.Message)
	}
	return fmt.Errorf("no gateway answers at %s: %w; --endpoint-url names its management listener", c.endpoint, err)
}

// executeApi finds the region in a name of AWS's, or of one that is made like those.
// Documented: API Gateway Developer Guide, Invoke a WebSocket API: the host is
// {api-id}.execute-api.{region}.amazonaws.com.
func executeApi(host string) string {
	parts := strings.Split(host, ".")
	if i := slices.Index(parts, "execute-api"); i >= 0 && i+3 < len(parts) {
		return parts[i+1]
	}
	return ""
}

// signature signs a handshake.
func (o *connecting) signature(r *http.Request) error {
	loaded, err := config.LoadDefaultConfig(r.Context(), config.WithSharedConfigProfile(o.profile), config.WithRegion(o.region),
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return err
	}
	key, err := credentialsOf(loaded, r.URL.String())(r.Context())
	if err != nil {
		return err
	}
	signer := sigv4.Signer{Region: cmp.Or(o.region, executeApi(r.URL.Hostname()), loaded.Region, "us-east-1"), Service: "execute-api", Credentials: sigv4.Credentials{
		AccessKeyID: key.AccessKeyID, SecretAccessKey: credential.Secret(key.SecretAccessKey), SessionToken: credential.Secret(key.SessionToken)}}
	return signer.Sign(r, sigv4.HashBytes(nil), time.Now())
}

// readHeaders reads header flags; Host is none of the fields to the HTTP library.
func readHeaders(lines []string) (h http.Header, host string, err error) {
	h = http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || strings.ContainsAny(line, "\r\n\x00") || strings.ContainsAny(name, " \t") {
			return nil, "", misused(fmt.Errorf("--header %q: want NAME:VALUE", line))
		}
		if strings.EqualFold(name, "Host") {
			host = value
			continue
		}
		h.Add(name, value)
	}
	return h, host, nil
}

// readRoots are the system's authorities and those in a file.
func readRoots(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--ca %s: there is no certificate in it", file)
	}
	return roots, nil
}

// seconds is a time that may be written as a number of seconds, as wscat has it.
type seconds time.Duration

func (s *seconds) String() string { return time.Duration(*s).String() }
func (s *seconds) Type() string   { return "duration" }

func (s *seconds) Set(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n > -1e9 && n < 1e9 {
		*s = seconds(n * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("want a time such as 500ms, or a number of seconds")
	}
	*s = seconds(d)
	return nil
}
