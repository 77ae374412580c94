// Command broadcast measures how long one call of @connections for many clients takes, from the
// call to the frame of the last of them, beside a call for each. The gateway is a process of its
// own, the clients and the callers are in this one.
//
//	go run ./bench/broadcast
//	go run ./bench/broadcast -clients 1000 -rounds 1
//
// Everything stays on 127.0.0.1. Twice as many open files as there are clients must be allowed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

var (
	gateway = flag.Bool("gateway", false, "internal: this process is the gateway")
	clients = flag.Int("clients", 10_000, "receivers")
	callers = flag.Int("callers", 64, "callers side by side, of single calls")
	rounds  = flag.Int("rounds", 5, "times that each is measured; medians and ranges are told")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	do := measure
	if *gateway {
		do = serve
	}
	if err := do(); err != nil {
		log.Fatal(err)
	}
}

// serve is a gateway with a WebSocket API, until its standard input is closed.
func serve() (err error) {
	s, err := measured.Run(measured.Config(""))
	if err != nil {
		return err
	}
	defer func() { _ = s.Stop() }()
	ctx := context.Background()
	c := client.New(client.Options{BaseEndpoint: "http://" + s.ManagementAddr(), Region: "us-east-1"})
	api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "many", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
	if err != nil {
		return err
	}
	if _, err := c.CreateStage(ctx, &client.CreateStageInput{ApiId: api.ApiId, StageName: "prod", AutoDeploy: new(true)}); err != nil {
		return err
	}
	fmt.Println("http://"+s.ManagementAddr(), "http://"+s.DataAddr()+"/_aws/execute-api/"+api.ApiId+"/prod")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}

// audience is the clients, which count the frames that they get.
type audience struct {
	conns []net.Conn
	left  atomic.Int64  // frames that are still to come
	all   chan struct{} // has room for one; told when they have come
	each  sync.WaitGroup
}

// message is what everybody gets; its frame is two bytes longer.
var message = strings.Repeat("x", 100)

func (a *audience) connect(address string, n int) error {
	a.all = make(chan struct{}, 1)
	for range n {
		conn, _, _, err := ws.Dialer{Timeout: 30 * time.Second}.Dial(context.Background(), "ws"+strings.TrimPrefix(address, "http")+"?all=yes")
		if err != nil {
			return fmt.Errorf("client %d: %w", len(a.conns)+1, err)
		}
		a.conns = append(a.conns, conn)
		a.each.Go(func() {
			frame := make([]byte, len(message)+2)
			for {
				if _, err := io.ReadFull(conn, frame); err != nil {
					return
				}
				if a.left.Add(-1) == 0 {
					a.all <- struct{}{}
				}
			}
		})
	}
	return nil
}

// hears is how long it takes until so many frames have come of what is done.
func (a *audience) hears(frames int, do func() error) (time.Duration, error) {
	a.left.Store(int64(frames))
	began := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	select {
	case <-a.all:
		return time.Since(began), nil
	case <-time.After(time.Minute):
		return 0, fmt.Errorf("%d frames of %d did not come within a minute", a.left.Load(), frames)
	}
}

func measure() error {
	line, _, stop, err := measured.Self("-gateway")
	if err != nil {
		return err
	}
	defer stop()
	management, at, _ := strings.Cut(line, " ")
	fmt.Printf("%s, %d cores, %s, load %s, %d clients, %d B, %d rounds\n\n", runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format("2006-01-02"), measured.LoadAverage(), *clients, len(message), *rounds)
	a := new(audience)
	defer func() {
		for _, conn := range a.conns {
			conn.Close()
		}
		a.each.Wait()
	}()
	if err := a.connect(at, *clients); err != nil {
		return err
	}
	ids, err := idsOf(management, min(*clients, 1000))
	if err != nil {
		return err
	}
	var many, single []time.Duration
	for round := range *rounds {
		took, err := a.broadcast(at)
		if err != nil {
			return err
		}
		many = append(many, took)
		one, err := a.singly(at, ids)
		if err != nil {
			return err
		}
		single = append(single, one)
		fmt.Printf("round %d  one call for %d: %.1f ms to the last frame   %d single calls, %d callers: %.1f ms\n", round+1, *clients, ms(took), len(ids), *callers, ms(one))
	}
	fmt.Printf("\n| | to the last frame | a second |\n|---|---|---|\n| one call for %d clients | %s | %.0fk |\n| %d calls for one client each, %d callers | %s | %.1fk |\n",
		*clients, measured.Spread(many, "%.0f ms", ms), float64(*clients)/measured.Middle(many, ms), len(ids), *callers, measured.Spread(single, "%.0f ms", ms), float64(len(ids))/measured.Middle(single, ms))
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// post makes a call, which must be answered with 200.
func post(c *http.Client, address string) error {
	response, err := c.Post(address, "text/plain", strings.NewReader(message))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", response.Status, text)
	}
	return err
}

// broadcast is one call for all.
func (a *audience) broadcast(at string) (time.Duration, error) {
	return a.hears(len(a.conns), func() error { return post(http.DefaultClient, at+"/@connections?query=all:yes") })
}

// singly is a call for each of some clients, by several callers.
func (a *audience) singly(at string, ids []string) (time.Duration, error) {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *callers}}
	defer c.CloseIdleConnections()
	return a.hears(len(ids), func() error {
		next, failed := make(chan string), make([]error, *callers)
		var calling tasks.Group
		for i := range failed {
			calling.Go("a caller", func() {
				for id := range next {
					failed[i] = errors.Join(failed[i], post(c, at+"/@connections/"+url.PathEscape(id)))
				}
			})
		}
		for _, id := range ids {
			next <- id
		}
		close(next)
		calling.Wait()
		return errors.Join(failed...)
	})
}

// idsOf are the ids of clients.
func idsOf(management string, n int) (ids []string, err error) {
	response, err := http.Get(management + fmt.Sprintf("/_dragoman/connections?limit=%d", n))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var found struct{ Connections []struct{ ID string } }
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
		return nil, err
	}
	for _, c := range found.Connections {
		ids = append(ids, c.ID)
	}
	return ids, nil
}
