package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/settings"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

const healthLong = `Asks a gateway on this machine whether it should be given work (/readyz, or with --live only
whether it lives, /healthz), for HEALTHCHECK of containers and for scripts. It exits with 0 when it
does and with 1 when not, and then says what troubles it.

The gateway is that of --management or DRAGOMAN_MANAGEMENT, where serve is told the same.`

func newHealthCommand() *cobra.Command {
	var at string
	var live bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "health", Short: "Ask a gateway on this machine whether it is ready", Long: healthLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			address, err := dialled(cmp.Or(at, os.Getenv(settings.Variable("management")), defaults().Management))
			if err != nil {
				return misused(err)
			}
			path := "/readyz"
			if live {
				path = "/healthz"
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			said, err := ask(ctx, "http://"+address+path)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), said)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&at, "management", "", "the management listener, `HOST:PORT`")
	f.BoolVar(&live, "live", false, "ask only whether it lives")
	f.DurationVar(&timeout, "timeout", 5*time.Second, "time for an answer")
	return cmd
}

// dialled is how a listener's address is called from this machine: one for all addresses is
// on loopback too.
func dialled(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "" || port == "0" {
		return "", fmt.Errorf("--management %q: want HOST:PORT", address)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), nil
}

const mostSaid = 4 << 10 // bytes of an answer about health

func ask(ctx context.Context, url string) (said string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	// A proxy of the environment is not on this machine.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		return "", fmt.Errorf("no gateway answers: %w", err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, mostSaid)) // what came says enough
	said = terminal.Safe(strings.TrimSpace(string(text)))
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", response.Status, said)
	}
	return said, nil
}
