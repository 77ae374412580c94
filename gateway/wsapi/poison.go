//go:build !race

package wsapi

// poison is for the race detector's builds.
func (m *call) poison() {}

func (m *call) cure() {}
