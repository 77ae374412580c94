package private

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// checksAtOnce bounds the checks that run side by side.
const checksAtOnce = 16

// start runs the goroutine that checks all targets every interval.
func (b *Balancer) start(interval, timeout time.Duration) {
	if interval < 0 || len(b.members) == 0 {
		return
	}
	if interval == 0 {
		interval = defaultInterval
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	b.checker.Go("checking targets", func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			_ = b.checker.Reports.Do("checking targets", func() { b.round(ctx, timeout) })
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

// round checks every target once and waits for all. A target that does not answer
// takes a place until its timeout, and no more than that.
func (b *Balancer) round(ctx context.Context, timeout time.Duration) {
	checks := tasks.Group{Reports: b.checker.Reports}
	places := make(chan struct{}, checksAtOnce)
	for _, m := range b.members {
		select {
		// Here and not in the goroutine: a round over many targets that hang begins few at a time.
		case places <- struct{}{}:
		case <-ctx.Done():
			checks.Wait()
			return
		}
		checks.Go("checking a target", func() {
			defer func() { <-places }()
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			err := b.check(ctx, m.address)
			if context.Cause(ctx) != context.Canceled { // stopping proves nothing
				m.checked(err)
			}
		})
	}
	checks.Wait()
}

// checker gives the check that the options ask for. What is denied to calls is
// denied to checks: they would tell what else is in a network.
func checker(o *Options) func(context.Context, string) error {
	d := o.Deny.Dialer(&net.Dialer{})
	if o.CheckPath == "" {
		return func(ctx context.Context, address string) error { return connects(ctx, d, address) }
	}
	path, reports := o.CheckPath, o.Reports
	return func(ctx context.Context, address string) error { return answers(ctx, d, address, path, reports) }
}

// A listener accepts connections before its program does anything, so this finds
// machines that are down and not programs that hang; CheckPath does.
func connects(ctx context.Context, d *net.Dialer, address string) error {
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return c.Close()
}

// answers asks for the path on a connection of its own, which ends with the
// check. A connection that is kept would say that the target was alive once.
func answers(ctx context.Context, d *net.Dialer, address, path string, reports *tasks.Reporter) error {
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, reports.Guard("ending a check", func() { c.Close() }))()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return err
	}
	req.Close = true
	req.Header.Set("User-Agent", "dragoman-health")
	if err := req.Write(c); err != nil {
		return err
	}
	const enough = 64 << 10 // of a head; the body is not read
	resp, err := http.ReadResponse(bufio.NewReader(&limited{c, enough}), req)
	if err != nil {
		return err
	}
	// Documented: Elastic Load Balancing, Health checks for Network Load Balancer target groups: 200
	// to 399 unless other codes are named; a redirect is a sign of life.
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// limited bounds the bytes that are read of an answer, since a target may send
// any number.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("a head too long")
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
