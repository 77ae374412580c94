package awsconfig

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/dragoman-gateway/dragoman/message"
)

// destination is where a call goes, and whether that is not AWS's own.
type destination struct {
	at      url.URL
	foreign bool
}

// place is what tells the destination of a call from others.
type place struct {
	host, region, endpoint, path, query string
}

// destinations remembers those of functions, which are few, and each is called often. What
// other services are called by may be anything.
type destinations struct {
	mu    sync.RWMutex // Protects field below.
	known map[place]destination
}

// mostDestinations bounds them.
const mostDestinations = 1024

// destination finds where a call goes. What it answers is the caller's own.
func (c *Client) destination(ctx context.Context, call *Call, s *settings) (*destination, error) {
	if call.ID != "Lambda" {
		return c.find(ctx, call, s)
	}
	key := place{call.Host, call.Region, call.Endpoint, call.Path, call.Query}
	d := &c.destinations
	d.mu.RLock()
	known, ok := d.known[key]
	d.mu.RUnlock()
	if ok {
		return &known, nil
	}
	found, err := c.find(ctx, call, s)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil || len(d.known) >= mostDestinations {
		d.known = map[place]destination{}
	}
	d.known[key] = *found
	return found, nil
}

// find works out where a call goes.
func (c *Client) find(ctx context.Context, call *Call, s *settings) (*destination, error) {
	base, foreign, err := c.base(ctx, call, s)
	if err != nil {
		return nil, err
	}
	target := strings.TrimSuffix(base.String(), "/") + "/" + strings.TrimPrefix(call.Path, "/")
	if call.Query != "" {
		target += "?" + call.Query
	}
	at, err := url.Parse(target)
	if err != nil {
		return nil, message.Fail(message.ErrConfiguration, err)
	}
	return &destination{*at, foreign}, nil
}
