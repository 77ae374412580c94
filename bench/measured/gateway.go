package measured

import (
	"context"
	"io"
	"log/slog"

	"github.com/dragoman-gateway/dragoman/internal/collector"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/server"
)

// Config is that of a gateway under measurement: the defaults, on free ports of loopback,
// with a log that nobody reads. dir holds its store; "" keeps all in memory.
func Config(dir string) server.Config {
	c := server.Default()
	c.DataDir, c.Listen, c.Management = dir, "127.0.0.1:0", "127.0.0.1:0"
	c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	return c
}

// Gateway is a server that runs in this process.
type Gateway struct {
	*server.Server
	cancel context.CancelFunc
	group  tasks.Group
	err    error // of the run; read when group has ended
}

// Run starts a gateway with all that the command runs beside it: figures without the pace
// of its collector would be those of another program.
func Run(c server.Config) (*Gateway, error) {
	s, err := server.New(c)
	if err != nil {
		return nil, err
	}
	collector.Started()
	ctx, cancel := context.WithCancel(context.Background())
	g := &Gateway{Server: s, cancel: cancel}
	g.group.Go("the gateway", func() { g.err = s.Run(ctx) })
	g.group.Go("pacing the collector", func() { collector.Run(ctx, collector.Floor) })
	return g, nil
}

// Stop ends the gateway, and answers what its run ended with.
func (g *Gateway) Stop() error {
	g.cancel()
	g.group.Wait()
	return g.err
}
