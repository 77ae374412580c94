package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/load"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

const benchLong = `Asks an API of yours at a rate, over HTTP or WebSocket, and tells how long the answers took. A
request has its time by the clock whether or not those before it are answered, and its latency
counts from then: a gateway that stops for a moment is not asked less for it. Without --rate each
connection asks again as soon as it is answered.

  dragoman bench http://127.0.0.1:8080/hello --rate 500 --connections 50
  dragoman bench ws://127.0.0.1:8080/_aws/execute-api/a1b2c3/prod --message '{"action":"ask"}'

A message of a WebSocket is answered by the next frame. Answers with status 400 and above are
failures. It exits with 1 when nothing was answered.`

func newBenchCommand() *cobra.Command {
	o := load.Options{}
	var body, message string
	var headers []string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "bench URL", Short: "Ask an API at a rate, and tell how long answers took", Long: benchLong, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.URL, o.Body = args[0], []byte(body)
			if strings.HasPrefix(o.URL, "ws") {
				o.Body = []byte(message)
			}
			o.Header = map[string]string{}
			for _, h := range headers {
				name, value, ok := strings.Cut(h, ":")
				if !ok || strings.TrimSpace(name) == "" {
					return misused(fmt.Errorf("--header %q: want NAME: VALUE", h))
				}
				o.Header[strings.TrimSpace(name)] = strings.TrimSpace(value)
			}
			if err := o.Validate(); err != nil {
				return misused(err)
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			report, err := load.Run(ctx, &o)
			if report == nil {
				return err
			}
			report.URL = terminal.SafeLine(report.URL)
			if asJSON {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(report)
			} else {
				err = report.Print(cmd.OutOrStdout())
			}
			if err == nil && report.Answers == 0 {
				err = errors.New("nothing was answered")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Connections, "connections", 10, "connections at a time")
	f.Float64Var(&o.Rate, "rate", 0, "requests or messages a second over all connections; 0 asks again as soon as there is an answer")
	f.DurationVar(&o.Duration, "duration", 10*time.Second, "how long it counts")
	f.DurationVar(&o.WarmUp, "warm-up", time.Second, "how long is asked before it counts")
	f.DurationVar(&o.Timeout, "timeout", 10*time.Second, "time for one answer, a minute at most")
	f.StringVar(&o.Method, "method", "GET", "method of requests")
	f.StringVar(&body, "body", "", "body of requests")
	f.StringVar(&message, "message", `{"action":"ping"}`, "message of a WebSocket")
	f.StringArrayVar(&headers, "header", nil, "a header of requests and handshakes, `NAME: VALUE` (repeatable)")
	f.BoolVar(&o.Insecure, "insecure", false, "believe any certificate")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}
