package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/tenant"
)

// during has a terminal told that a call or a file of any size is being worked on.
func during(cmd *cobra.Command, what string, work func() error) error {
	return terminal.During(cmd.ErrOrStderr(), what, work)
}

// configuration is where export and import find the configuration: in a gateway
// that runs, or in the directory of one that does not.
type configuration struct {
	apiOptions
	dir     string
	account string
}

func (c *configuration) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.endpoint, "endpoint-url", "", "the management listener (default "+defaultEndpoint+", or DRAGOMAN_ENDPOINT)")
	f.StringVar(&c.region, "region", "", "the region that requests are signed for")
	f.StringVar(&c.profile, "profile", "", "the profile of the AWS configuration that holds the key")
	f.BoolVar(&c.noSign, "no-sign-request", false, "send no signature")
	f.StringVar(&c.dir, "data-dir", "", "open the state in `DIR`, which no gateway may be using")
	f.StringVar(&c.account, "account", document.DefaultAccount, "account id of the state in --data-dir")
	cmd.MarkFlagsMutuallyExclusive("endpoint-url", "data-dir")
}

// open opens the directory.
func (c *configuration) open() (store.Store, error) {
	if _, err := os.Stat(c.dir); err != nil {
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	opened, err := sqlite.Open(c.dir, sqlite.Options{})
	if damage, ok := errors.AsType[*sqlite.Damage](err); ok {
		return nil, fmt.Errorf("--data-dir %s: %w; dragoman restore puts a backup in its place, dragoman serve --accept-loss goes on with what is whole", c.dir, damage)
	}
	if err != nil { // or else the interface would hold a nil DB
		return nil, err
	}
	// Of several accounts the gateway's own is meant: what others have must not be replaced.
	return tenant.New(opened, c.account), nil
}

// send calls the gateway, and answers what it says.
func (c *configuration) send(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	response, err := c.call(ctx, method, path, body)
	if err != nil {
		if _, answered := errors.AsType[*refusedError](err); !answered {
			err = fmt.Errorf("%w; --data-dir opens the state of one that does not run", err)
		}
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, maxConfiguration))
}
