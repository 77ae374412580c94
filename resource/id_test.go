package resource

import "testing"

// Ids that an import draws are none that are taken, however few are left.
func TestUnusedIds(t *testing.T) {
	s := &Snapshot{Routes: []Route{{RouteId: "a"}}, Integrations: []Integration{{IntegrationId: "b"}}, Authorizers: []Authorizer{{AuthorizerId: "c"}}}
	draw, seen := s.NewIds(), map[string]bool{"a": true, "b": true, "c": true}
	for range 33 { // all that are left of one letter
		id := draw(1)
		if seen[id] {
			t.Fatalf("%s is drawn again", id)
		}
		seen[id] = true
	}
}
