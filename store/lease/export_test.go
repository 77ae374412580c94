package lease

// SetBack makes the renewal of a lease older by as long as leases last, and what came before
// it without a break.
func (m *Memory) SetBack(node uint32, renewed, unbroken bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if renewed {
		m.rows[node].renewed = m.rows[node].renewed.Add(-Over)
	}
	if unbroken {
		m.rows[node].unbroken = m.rows[node].unbroken.Add(-Over)
	}
}
