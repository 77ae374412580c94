package deployed

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// loadRest has others load what they serve, as far as it has changed: the custom
// domains with their mappings and rules, the API keys with their usage plans.
func (l *Apis) loadRest(ctx context.Context, r store.Reader, domains, keys bool) error {
	if domains {
		if err := l.loadBeside(ctx, r, ofDomains, l.config.Domains); err != nil {
			return err
		}
	}
	if keys {
		return l.loadBeside(ctx, r, ofKeys, l.config.Keys)
	}
	return nil
}

// loadBeside loads one of them. A panic there is told and leaves what was served.
func (l *Apis) loadBeside(ctx context.Context, r store.Reader, of string, load Load) error {
	if load == nil {
		return nil
	}
	var found []*catalog.Unreadable
	var err error
	if l.config.Reports.Do("loading what is beside APIs", func() { found, err = load(ctx, r) }) != nil {
		return nil // what was served before goes on, and so does the feed
	}
	// What is damaged stays so: what was served before goes on, and so does the feed.
	if errors.Is(err, store.ErrDamaged) {
		l.settleTroubles(of, map[trouble]string{{api: of, document: "of " + of[1:]}: err.Error()})
		return nil
	}
	// After another error the former troubles stand: nothing is known of what is stored now.
	if err == nil {
		l.settleTroubles(of, unreadable(of, found))
	}
	return err
}
