package live

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
)

// loadDomains reads the custom domains with their mappings and rules.
func (l *Live) loadDomains(context.Context, store.Reader) error { return nil }
