package live

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
)

// loadRest has others load what they serve, as far as it has changed: the custom
// domains with their mappings and rules, the API keys with their usage plans.
func (l *Live) loadRest(ctx context.Context, r store.Reader, domains, keys bool) error {
	if domains && l.config.Domains != nil {
		if err := l.config.Domains(ctx, r); err != nil {
			return err
		}
	}
	if keys && l.config.Keys != nil {
		return l.config.Keys(ctx, r)
	}
	return nil
}
