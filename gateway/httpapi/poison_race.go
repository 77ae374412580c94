//go:build race

package httpapi

import "github.com/dragoman-gateway/dragoman/exchange"

// poisoned is what whoever uses a call finds after it was given back.
const poisoned = "POISONED"

// poison puts what can be told from any call into one that nobody may use.
func (c *call) poison() {
	c.path, c.trace, c.status = poisoned, poisoned, 999
	x := &c.buffer.exchange
	x.RequestID, x.ApiID, x.Stage, x.RouteKey, x.DomainName, x.Status = poisoned, poisoned, poisoned, poisoned, poisoned, 999
	x.Identity = exchange.Identity{SourceIP: poisoned, UserAgent: poisoned}
	c.buffer.http = exchange.HTTP{Method: poisoned, Path: poisoned, Protocol: poisoned}
}

// cure takes it out again.
func (c *call) cure() { *c = call{} }
