//go:build race

package wsapi

// poisoned is what whoever uses a call finds after it was given back.
const poisoned = "POISONED"

// poison puts what can be told from any message into a call that nobody may use.
func (m *call) poison() {
	m.body, m.selected = []byte(poisoned), poisoned
	x := &m.exchange
	x.RequestID, x.ApiID, x.Stage, x.RouteKey, x.ConnectionID, x.Status = poisoned, poisoned, poisoned, poisoned, poisoned, 999
	m.parts.request.Body, m.parts.answer.body = []byte(poisoned), []byte(poisoned)
	m.parts.reply.Status, m.parts.reply.Body = 999, []byte(poisoned)
}

// cure takes it out again.
func (m *call) cure() { *m = call{} }
