package private

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
)

// Options say what is behind the links and how it is checked.
type Options struct {
	// Links maps a VPC link id, or the ARN of a listener or Cloud Map service with
	// or without its query, to host:port addresses.
	Links map[string][]string

	CheckPath string        // GET this path to check; "" checks that a TCP connection opens
	Interval  time.Duration // between checks; zero is 10 s, negative checks never
	Timeout   time.Duration // of one check; zero is 2 s
	Deny      egress.Ranges // addresses that are not dialled

	Reports *tasks.Reporter // is told of panics; may be nil
}

// A target that is gone is noticed within half a minute.
const (
	defaultInterval = 10 * time.Second
	defaultTimeout  = 2 * time.Second
)

// Balancer chooses targets. It is safe for concurrent use.
type Balancer struct {
	groups  map[string]*group
	members []*member
	check   func(ctx context.Context, address string) error

	cancel  context.CancelFunc
	checker tasks.Group
}

var _ integration.Resolver = (*Balancer)(nil)

// New makes a Balancer and begins to check its targets. Close it. Every target
// counts as alive until a check says otherwise. The error tells what is wrong
// with the addresses.
func New(o Options) (*Balancer, error) {
	b, err := build(o)
	if err != nil {
		return nil, err
	}
	b.check, b.checker.Reports = checker(&o), o.Reports
	b.start(o.Interval, o.Timeout)
	return b, nil
}

// All faults are told at once: addresses come from a command line that somebody
// has to correct.
func build(o Options) (*Balancer, error) {
	b := &Balancer{groups: make(map[string]*group, len(o.Links))}
	var faults []error
	for name, addresses := range o.Links {
		if len(addresses) == 0 {
			faults = append(faults, fmt.Errorf("link %s has no targets", name))
		}
		g := &group{}
		for _, address := range addresses {
			if err := checkAddress(address); err != nil {
				faults = append(faults, fmt.Errorf("link %s: %w", name, err))
			}
			m := &member{address: address}
			m.alive.Store(true)
			g.members = append(g.members, m)
		}
		b.groups[name] = g
		b.members = append(b.members, g.members...)
	}
	return b, errors.Join(faults...)
}

// Close stops checking and waits until no check runs.
func (b *Balancer) Close() {
	if b.cancel != nil {
		b.cancel()
	}
	b.checker.Wait()
}

// Pick chooses a target: by the link's target ARN with its query, without it, or
// by the link's id.
// Documented: API Gateway Developer Guide, Create private integrations for HTTP
// APIs: the query of a Cloud Map service chooses among its instances.
func (b *Balancer) Pick(l *integration.Link) (integration.Target, error) {
	g := b.groups[l.Target]
	if g == nil || l.Target == "" {
		arn, _, _ := strings.Cut(l.Target, "?")
		if g = b.groups[arn]; g == nil || arn == "" {
			g = b.groups[l.ID]
		}
	}
	if g == nil {
		return nil, message.Fail(message.ErrConfiguration, fmt.Errorf("VPC link %q (%s) is mapped to no targets", l.ID, l.Target))
	}
	m := g.pick(time.Now())
	if m == nil {
		return nil, message.Fail(message.ErrUnreachable, fmt.Errorf("all targets of VPC link %q (%s) are down", l.ID, l.Target))
	}
	return m, nil
}
