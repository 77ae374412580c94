package control

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/wire"
)

// dropEmpty removes the keys that a PATCH sent with an empty value.
func dropEmpty(m map[string]string) {
	for key, value := range m {
		if value == "" {
			delete(m, key)
		}
	}
}

// empty reports whether a member was sent as "", {} or [].
func empty(r *wire.Request, member string) bool {
	switch string(r.Body[member]) {
	case `""`, `{}`, `[]`:
		return true
	}
	return false
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
