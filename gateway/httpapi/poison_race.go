//go:build race

package httpapi

import (
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/message"
)

// poisoned is what whoever uses a call finds after it was given back.
const poisoned = "POISONED"

// poison puts what can be told from any call into one that nobody may use.
func (c *call) poison() {
	c.path, c.trace, c.status = poisoned, poisoned, 999
	x := &c.buffer.exchange
	x.RequestID, x.ApiID, x.Stage, x.RouteKey, x.DomainName, x.Status = poisoned, poisoned, poisoned, poisoned, poisoned, 999
	x.Identity = exchange.Identity{SourceIP: poisoned, UserAgent: poisoned}
	line := message.Field{Name: poisoned, Value: poisoned}
	c.buffer.header[0], c.buffer.reply[0], c.buffer.mapped[0] = line, line, line
	c.buffer.http = exchange.HTTP{Method: poisoned, Path: poisoned, Protocol: poisoned}
}

// cure takes it out again.
func (c *call) cure() { *c = call{} }
