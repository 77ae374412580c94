package cli

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/management/own"
)

const consoleLong = `Opens the console of a gateway in the browser, and prints its address.

Where the gateway asks for signatures the address has a one-time code, which your own key buys: it
is good once, for 60 seconds, on the machine of the gateway alone, and opens a session of the same
rights that ends after an hour. Elsewhere open the console by its address, and sign in there.`

func newConsoleCommand() *cobra.Command {
	o := &apiOptions{}
	var silent bool
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Open the console in the browser, signed in",
		Long:  consoleLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			address, err := o.console(cmd)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), address)
			if silent {
				return nil
			}
			if err := browse(cmd, address); err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "no browser could be opened:", terminal.SafeLine(err.Error()))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&silent, "no-open", false, "print the address, and open nothing")
	o.callFlags(cmd)
	return cmd
}

// console is the address of the console, with a code where one is needed.
func (o *apiOptions) console(cmd *cobra.Command) (string, error) {
	var bought own.Code
	if err := o.fetch(cmd.Context(), http.MethodPost, own.ConsoleCodePath, nil, &bought); err != nil {
		return "", err
	}
	page, err := o.call(cmd.Context(), http.MethodGet, "/console/", nil)
	if refusal, ok := errors.AsType[*refusedError](err); ok && refusal.status == http.StatusNotFound {
		return "", fmt.Errorf("%s has no console: it was started with --console=false", o.at())
	}
	if err != nil {
		return "", err
	}
	page.Body.Close()
	address := o.at() + "/console/"
	if bought.Code != "" {
		// In the fragment, which browsers send to nobody.
		address += "#" + url.Values{"code": {bought.Code}}.Encode()
	}
	return address, nil
}

// browse has the system open an address. The browser outlives the command.
func browse(cmd *cobra.Command, address string) error {
	opener := []string{"xdg-open"}
	switch chosen := os.Getenv("BROWSER"); {
	case chosen != "":
		opener = []string{chosen}
	case runtime.GOOS == "darwin":
		opener = []string{"open"}
	case runtime.GOOS == "windows":
		opener = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	open := exec.Command(opener[0], append(opener[1:], address)...)
	open.Stderr = cmd.ErrOrStderr()
	if err := open.Start(); err != nil {
		return err
	}
	return open.Process.Release()
}
