package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
)

// pace is how often a deployment is made while messages are under way, and patience how long an
// answer may take before it counts as lost.
const (
	pace     = 100 * time.Millisecond
	patience = 20 * time.Second
)

// burst is what some seconds of messages came to.
type burst struct {
	sent, answered int
	p50, p99, most time.Duration
	deployed       []time.Duration // how long each deployment took until it was served
}

// deploying tells what deployments do to messages: clients that all speak once a second, by
// turns without and with a deployment each 100 ms that changes what they are answered. A message
// is late from when it was due, so that one which waits does not hide those behind it.
func deploying(n int, d time.Duration) error {
	_, t, end, err := begin("gateway")
	if err != nil {
		return err
	}
	defer end()
	deploy, err := redeploy(context.Background(), t)
	if err != nil {
		return err
	}
	var crowd crowd
	defer crowd.leave()
	if err := crowd.grow(t, n); err != nil {
		return err
	}
	var quiet, busy []burst
	for round := range *rounds {
		load := measured.LoadAverage()
		pair := [2]burst{}
		for turn := range pair {
			which := (round + turn) % 2 // the other one begins every second round
			if pair[which], err = speak(crowd.conns, d, which == 1, deploy); err != nil {
				return err
			}
		}
		quiet, busy = append(quiet, pair[0]), append(busy, pair[1])
		fmt.Printf("round %d: %s without, %s with %d deployments (%v each); load average before %s\n",
			round+1, pair[0].told(), pair[1].told(), len(pair[1].deployed), middle(pair[1].deployed), load)
	}
	ratios := make([]float64, len(quiet))
	sent, answered := 0, 0
	for i := range quiet {
		ratios[i] = float64(busy[i].p99) / float64(quiet[i].p99)
		sent, answered = sent+quiet[i].sent+busy[i].sent, answered+quiet[i].answered+busy[i].answered
	}
	ms := func(of func(burst) time.Duration) func(burst) float64 {
		return func(b burst) float64 { return of(b).Seconds() * 1000 }
	}
	p50, p99 := ms(func(b burst) time.Duration { return b.p50 }), ms(func(b burst) time.Duration { return b.p99 })
	fmt.Printf("\n%d connections, %d messages sent, %d answered\n\n| | p50, ms | p99, ms |\n|---|---|---|\n| without deployments | %s | %s |\n| ten a second | %s | %s |\n| p99 is | | %s × |\n",
		n, sent, answered, measured.Spread(quiet, "%.2f", p50), measured.Spread(quiet, "%.2f", p99),
		measured.Spread(busy, "%.2f", p50), measured.Spread(busy, "%.2f", p99), measured.Spread(ratios, "%.2f", func(r float64) float64 { return r }))
	if sent != answered {
		return fmt.Errorf("%d messages have no answer", sent-answered)
	}
	return nil
}

func (b *burst) told() string {
	return fmt.Sprintf("%d of %d answered, p50 %v, p99 %v, at most %v", b.answered, b.sent, b.p50.Round(10*time.Microsecond), b.p99.Round(10*time.Microsecond), b.most.Round(time.Millisecond))
}

// redeploy makes the call that changes the answer of the API and deploys it.
func redeploy(ctx context.Context, t target) (func() error, error) {
	c := client.New(client.Options{BaseEndpoint: "http://" + t.management, Region: "us-east-1"})
	apis, err := c.GetApis(ctx, &client.GetApisInput{})
	if err != nil {
		return nil, err
	}
	id := apis.Items[0].ApiId
	integrations, err := c.GetIntegrations(ctx, &client.GetIntegrationsInput{ApiId: id})
	if err != nil {
		return nil, err
	}
	integration := integrations.Items[0].IntegrationId
	responses, err := c.GetIntegrationResponses(ctx, &client.GetIntegrationResponsesInput{ApiId: id, IntegrationId: integration})
	if err != nil {
		return nil, err
	}
	turn := 0
	return func() error {
		turn++
		if _, err := c.UpdateIntegrationResponse(ctx, &client.UpdateIntegrationResponseInput{
			ApiId: id, IntegrationId: integration, IntegrationResponseId: responses.Items[0].IntegrationResponseId,
			ResponseTemplates: map[string]string{"$default": fmt.Sprintf(`{"connectionId":"$context.connectionId","requestId":"$context.requestId","turn":%d}`, turn)},
		}); err != nil {
			return err
		}
		_, err := c.CreateDeployment(ctx, &client.CreateDeploymentInput{ApiId: id, StageName: client.String("prod")})
		return err
	}, nil
}

// speak has each client send a message a second for a time.
func speak(conns []net.Conn, d time.Duration, deploys bool, deploy func() error) (b burst, err error) {
	message, err := ws.CompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(payload))))
	if err != nil {
		return b, err
	}
	late := make([][]time.Duration, len(conns))
	sent := make([]int, len(conns))
	faults := make([]error, len(conns)+1)
	began := time.Now()
	var group sync.WaitGroup
	for i, conn := range conns {
		group.Go(func() {
			_ = conn.SetDeadline(began.Add(d + patience))
			r := bufio.NewReaderSize(conn, 512) // a client has one message under way, so that nothing stays in it
			for due := began.Add(rand.N(time.Second)); due.Before(began.Add(d)); due = due.Add(time.Second) {
				time.Sleep(time.Until(due))
				sent[i]++
				if faults[i] = ask(conn, r, message); faults[i] != nil {
					return
				}
				late[i] = append(late[i], time.Since(due))
			}
		})
	}
	if deploys {
		group.Go(func() {
			for next := began; next.Before(began.Add(d)); next = next.Add(pace) {
				time.Sleep(time.Until(next))
				begin := time.Now()
				if err := deploy(); err != nil {
					faults[len(conns)] = err
					return
				}
				b.deployed = append(b.deployed, time.Since(begin))
			}
		})
	}
	group.Wait()
	all := slices.Concat(late...)
	for _, n := range sent {
		b.sent += n
	}
	b.answered = len(all)
	if err := errors.Join(faults...); err != nil || len(all) == 0 {
		return b, fmt.Errorf("%d of %d messages were answered: %w", b.answered, b.sent, err)
	}
	slices.Sort(all)
	b.p50, b.p99, b.most = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	return b, nil
}

func middle(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(all))[len(all)/2].Round(10 * time.Microsecond)
}
