package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/server"
)

// doors are the flags of what stands around the planes: logs, domains, throttles.
type doors struct {
	accessLogs []string
}

func (d *doors) flags(cmd *cobra.Command, c *server.Config) {
	f := cmd.Flags()
	f.Float64Var(&c.HTTP.AccountRate, "account-rate", 0, "requests and messages a second over all APIs before 429 (AWS: 10000); 0 sets no limit")
	f.IntVar(&c.HTTP.AccountBurst, "account-burst", 0, "requests and messages that may come at once (AWS: 5000); 0 is half the rate")
	f.Float64Var(&c.WebSocket.ConnectRate, "connect-rate", 0, "new WebSocket connections a second before 429 (AWS: 500); 0 sets no limit")
	f.StringArrayVar(&d.accessLogs, "access-log", nil, "write the access lines for a destinationArn to a file, `ARN=PATH` (repeatable); the ARN * is any other, the path - is the standard output")
}

// apply takes the flags that come as lists into the configuration.
func (d *doors) apply(c *server.Config) (err error) {
	c.Observe.AccessLogs, err = pairs("access-log", d.accessLogs)
	return err
}

// reopenOnHangup opens logs anew with every SIGHUP until ctx ends. It returns what
// waits for the end.
func reopenOnHangup(ctx context.Context, s *server.Server) (wait func()) {
	hangup, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		defer close(ended)
		defer signal.Stop(hangup)
		for {
			select {
			case <-hangup:
				s.Reopen()
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { <-ended }
}
