package tenant

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/store"
)

// remembering is a store elsewhere that knows what it last heard to be there.
type remembering interface {
	// Known calls read with what is known here, without asking. Bodies that are not known are asked
	// for, unless have holds them by their revisions.
	Known(have map[int64][]byte, read func(store.Reader) error) error
}

// shown reads what was last known where the store cannot be asked.
type shown struct{ *Store }

// Shown is the store for what is told of APIs that are served: they go on while a database is away,
// and whoever runs them looks at them then more than ever. It is as good as what the data plane
// has. What is written is refused as ever.
func (s *Store) Shown() store.Store { return shown{s} }

// View implements store.Store.
func (s shown) View(ctx context.Context, read func(store.Reader) error) error {
	began := false
	err := s.Store.View(ctx, func(r store.Reader) error {
		began = true
		return read(r)
	})
	// One that has begun to read may have kept something of it: it must not see two states.
	if began || !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	known, ok := s.Store.Store.(remembering)
	if !ok {
		return err
	}
	of, apart := s.owner(ctx)
	return known.Known(nil, func(r store.Reader) error {
		if apart {
			r = reader{r, of}
		}
		return read(r)
	})
}
