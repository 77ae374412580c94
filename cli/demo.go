package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/server"
)

const demoLong = `Starts a gateway and a small HTTP backend on free ports of this machine, configures a
WebSocket API with the AWS SDK for Go, and shows what becomes of messages: what the backend
answered, which integration response was chosen, and the frame that the client got. Then it
calls UpdateIntegrationResponse, deploys, and shows the new frame.

The exit status is 0 only when every frame was what it should be.`

// demoTime bounds the whole story, so that a broken step ends with an error.
const demoTime = 60 * time.Second

func newDemoCommand() *cobra.Command {
	var keep bool
	second := secondTemplate
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See an integration response at work, in a few seconds",
		Long:  demoLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return demo(ctx, cmd, second, keep)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave everything running, with its addresses printed, until Ctrl-C")
	cmd.Flags().StringVar(&second, "second-template", second, "the template that UpdateIntegrationResponse sets")
	_ = cmd.Flags().MarkHidden("second-template")
	return cmd
}

func demo(ctx context.Context, cmd *cobra.Command, second string, keep bool) error {
	out := cmd.OutOrStdout()
	dir, err := os.MkdirTemp("", "dragoman-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	backend, err := startOrders()
	if err != nil {
		return err
	}
	defer func() { _ = backend.server.Close(); backend.serving.Wait() }()

	config := defaults()
	config.Observe.Tap, config.Flags = []string{"all"}, flagsOf(cmd)
	config.DataDir, config.Listen, config.Management = dir, "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	gateway, err := server.New(config)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var served tasks.Group
	served.Go("the gateway", func() { _ = gateway.Run(running) })
	defer func() { stop(); served.Wait() }()

	story := &story{out: out, gateway: gateway, backend: backend, second: second}
	bounded, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	if err := story.tell(bounded); err != nil {
		return err
	}
	if keep {
		fmt.Fprintf(out, "\nStill running: management http://%s, data http://%s, stage %s\nCtrl-C ends it.\n",
			gateway.ManagementAddr(), gateway.DataAddr(), story.url)
		<-ctx.Done()
	}
	return nil
}

// orders is the backend of the demo: one order exists, number 42.
type orders struct {
	server  *http.Server
	serving tasks.Group
	url     string
	last    chan string // what it answered last, for the telling
}

func startOrders() (*orders, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &orders{url: "http://" + listener.Addr().String() + "/orders", last: make(chan string, 8)}
	o.server = &http.Server{Handler: o, ReadHeaderTimeout: 5 * time.Second}
	o.serving.Go("the backend", func() { _ = o.server.Serve(listener) })
	return o, nil
}

func (o *orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, body := http.StatusNotFound, `{"error":"there is no such order"}`
	if r.Header.Get("X-Order") == "42" {
		status, body = http.StatusOK, `{"order":{"id":"42","total":19.9,"items":["tea","sugar"]}}`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
	select {
	case o.last <- fmt.Sprintf("%d %s", status, body):
	default: // nobody is listening any more
	}
}
