package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// trip is what some seconds of messages and their answers came to.
type trip struct {
	rate, cpu float64
	p50, p99  time.Duration
}

// asking is a message whose route asks an HTTP backend.
const asking = `{"action":"ask","data":"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij"}`

// said is what the backend answers.
const said = `{"answer":"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"}`

// trips tells how long messages take to an HTTP backend and back, from one client and from many, and
// what is posted to @connections until its client has the frame. The backend, the clients and the
// callers are in this process.
func trips(d time.Duration) error {
	backend, stop, err := cost.Answering(said)
	if err != nil {
		return err
	}
	defer stop()
	rows := []struct {
		name string
		do   func(t target) ([]time.Duration, error)
	}{
		{"to a backend and back, 1 client", func(t target) ([]time.Duration, error) { return there(t, 1, d) }},
		{fmt.Sprintf("to a backend and back, %d clients", *clients), func(t target) ([]time.Duration, error) { return there(t, *clients, d) }},
		{"POST to @connections until the frame, 1 caller", func(t target) ([]time.Duration, error) { return posted(t, d) }},
	}
	all := make([][]trip, len(rows))
	for round := range *rounds {
		for i, row := range rows {
			load := measured.LoadAverage()
			got, err := measureTrip(backend, row.do)
			if err != nil {
				return fmt.Errorf("%s: %w", row.name, err)
			}
			all[i] = append(all[i], got)
			fmt.Printf("round %d  %-48s %7.0f a second  p50 %7.3f ms  p99 %7.3f ms  %6.1f µs CPU each  load average before %s\n", round+1, row.name, got.rate, got.p50.Seconds()*1000, got.p99.Seconds()*1000, got.cpu, load)
		}
	}
	fmt.Printf("\n| | a second | p50, ms | p99, ms | the gateway's CPU, µs |\n|---|---|---|---|---|\n")
	for i, row := range rows {
		fmt.Printf("| %s | %s | %s | %s | %s |\n", row.name, measured.Spread(all[i], "%.0f", func(t trip) float64 { return t.rate }),
			measured.Spread(all[i], "%.3f", func(t trip) float64 { return t.p50.Seconds() * 1000 }), measured.Spread(all[i], "%.3f", func(t trip) float64 { return t.p99.Seconds() * 1000 }),
			measured.Spread(all[i], "%.1f", func(t trip) float64 { return t.cpu }))
	}
	return nil
}

// measureTrip starts a gateway in front of a backend, and measures what is done to it.
func measureTrip(backend string, do func(target) ([]time.Duration, error)) (got trip, err error) {
	pid, t, end, err := begin("gateway", "-backend", "http://"+backend+"/")
	if err != nil {
		return got, err
	}
	defer end()
	began, before := time.Now(), measured.CPU(pid)
	each, err := do(t)
	if err == nil && len(each) == 0 {
		err = errors.New("nothing was answered")
	}
	if err != nil {
		return got, err
	}
	slices.Sort(each)
	n := float64(len(each))
	return trip{n / time.Since(began).Seconds(), float64((measured.CPU(pid) - before).Microseconds()) / n, each[len(each)/2], each[len(each)*99/100]}, nil
}

// there is the times of messages of n clients, one under way on each.
func there(t target, n int, d time.Duration) ([]time.Duration, error) {
	each := make([][]time.Duration, n)
	err := converse(t, asking, n, d, func(i int, r *bufio.Reader, sent time.Time) error {
		_, err := heard(r)
		each[i] = append(each[i], time.Since(sent))
		return err
	})
	return slices.Concat(each...), err
}

// heard is the next text that a client gets.
func heard(r *bufio.Reader) (string, error) {
	header, err := ws.ReadHeader(r)
	if err == nil && header.OpCode != ws.OpText {
		err = fmt.Errorf("got a frame of type %v", header.OpCode)
	}
	if err != nil {
		return "", err
	}
	text := make([]byte, header.Length)
	_, err = io.ReadFull(r, text)
	if err == nil && bytes.Contains(text, []byte(`"Internal server error"`)) {
		err = fmt.Errorf("got %s", text)
	}
	return string(text), err
}

// posted is the times from a call of @connections until its client has the frame.
func posted(t target, d time.Duration) (each []time.Duration, err error) {
	conn, r, err := t.dial()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(d + 10*time.Second))
	if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame([]byte(payload)))); err != nil {
		return nil, err
	}
	text, err := heard(r)
	if err != nil {
		return nil, err
	}
	var who struct{ ConnectionID string }
	if err := json.Unmarshal([]byte(text), &who); err != nil {
		return nil, err
	}
	at, err := net.Dial("tcp", t.address)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	_ = at.SetDeadline(time.Now().Add(d + 10*time.Second))
	call := fmt.Sprintf("POST %s/@connections/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n\r\nhello", t.path, url.PathEscape(who.ConnectionID), t.address)
	answers := bufio.NewReader(at)
	for began := time.Now(); len(each) == 0 || time.Since(began) < d; {
		sent := time.Now()
		if _, err := io.WriteString(at, call); err != nil {
			return nil, err
		}
		if text, err := heard(r); err != nil || text != "hello" {
			return nil, fmt.Errorf("got %q: %w", text, err)
		}
		each = append(each, time.Since(sent))
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("answered %s: %w", answer.Status, err)
		}
	}
	return each, nil
}

// backing gives an API a route that asks an HTTP backend, where one is asked for.
func backing(ctx context.Context, c *client.Client, id string) error {
	if *behind == "" {
		return nil
	}
	made, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{ApiId: id, IntegrationType: "HTTP_PROXY", IntegrationMethod: client.String("POST"), IntegrationUri: behind})
	if err != nil {
		return err
	}
	route, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: id, RouteKey: "ask", Target: client.String("integrations/" + made.IntegrationId)})
	if err != nil {
		return err
	}
	_, err = c.CreateRouteResponse(ctx, &client.CreateRouteResponseInput{ApiId: id, RouteId: route.RouteId, RouteResponseKey: "$default"})
	return err
}
