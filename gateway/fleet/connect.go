package fleet

import (
	"context"
	"log/slog"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/nats"
	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
)

// Shared is a state that nodes share, by which they know each other.
type Shared interface {
	Fleet() string                              // its random id
	Secret(ctx context.Context) ([]byte, error) // its key
}

// Connect joins the bus of those who share a state, or makes one for a process that is alone; a
// bus that is given is taken, and stays its owner's to close. A broker that is away is tried until it is there. Close the bus when nobody needs it any more.
func Connect(ctx context.Context, given bus.Bus, state store.Store, c *config.Fleet, logger *slog.Logger, reports *tasks.Reporter) (b bus.Bus, close func() error, err error) {
	if given != nil {
		return given, func() error { return nil }, nil
	}
	// A file or memory is one process's own: a bus of others would join gateways that serve
	// different APIs.
	shared, ok := state.(Shared)
	if !ok || c.Bus == "" {
		b, close = alone(reports)
		return b, close, nil
	}
	o := nats.Options{
		URLs: string(c.Bus), Credentials: c.BusCredentials, NKey: c.BusNKey, CA: c.BusCA, Cert: c.BusCert, Key: c.BusKey,
		Fleet: shared.Fleet(), Logger: logger, Reports: reports,
	}
	if o.Login, err = login(c); err != nil {
		return nil, nil, err
	}
	// The secret comes from the store and not from a flag: whoever may read the one may speak on
	// the other, and what another fleet says on the same broker is dropped.
	if o.Secret, err = shared.Secret(ctx); err != nil {
		return nil, nil, err
	}
	joined, err := nats.Open(o)
	if err != nil {
		return nil, nil, err
	}
	return joined, joined.Close, nil
}

// login has the file of the broker's user read for each connection, nil without one. While it is
// being changed what it held before is taken.
func login(c *config.Fleet) (func() (user, password string), error) {
	user, password, err := c.BusUser()
	if err != nil || c.BusUserFile == "" {
		return nil, err
	}
	return func() (string, string) {
		if u, p, err := c.BusUser(); err == nil {
			user, password = u, p
		}
		return user, string(password)
	}, nil
}
