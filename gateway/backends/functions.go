package backends

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// openFunctions makes the runner of functions that are processes here, with what they
// call the gateway back by: keys, which end with it, and whom they believe. What they
// print is logged.
func (b *Backends) openFunctions(o *Options) error {
	log := o.FunctionLog
	if log == nil {
		// What a function prints is never lost for want of a place: the gateway's own log takes it.
		log = func(l local.Line) { o.Logger.Info(l.Text, "function", l.Function) }
	}
	inspect := o.FunctionInspect
	if inspect == nil {
		inspect = func(i local.Inspection) { o.Logger.Info(i.Line) }
	}
	// The user's own credentials where there are any: functions call AWS as they would be run by hand.
	own, made := awsconfig.OwnCredentials(context.Background()), credential.Temporary()
	back := local.Callbacks{Key: made, Own: own.Some, Data: o.Data, Serves: o.Serves}
	if o.DevTLS {
		// One authority for all gateways of the user: it has to be trusted once.
		known, err := openAuthority(o.Logger)
		if err != nil {
			return fmt.Errorf("--dev-tls: %w; --dev-tls=false does without", err)
		}
		known.Take(o.Beside)
		back.Authority, b.TLS = known, known.TLS()
	}
	var err error
	b.Local, err = local.New(local.Options{
		Region: o.Region, Account: o.Account, Environment: os.Environ(), Reports: o.Reports, Logger: o.Logger,
		Endpoint: o.Endpoint, Runtimes: o.Runtimes, Concurrency: o.Concurrency, Callbacks: back, Log: log, Inspect: inspect,
	}, o.Local...)
	if err != nil {
		return err
	}
	known := credential.Of(*made)
	// A function that signs with the user's own key has to be let in too: it was given no other.
	if own.Key != nil {
		known[own.Key.ID] = own.Key
	}
	b.Callers = &sigv4.Verifier{Keys: &held{known, b.Local}, Secure: o.Secure}
	return nil
}

// openAuthority opens the authority of the user, or makes one for this run alone where it can
// be kept nowhere, as in a container without a home: functions believe it either way.
func openAuthority(log *slog.Logger) (*authority.Authority, error) {
	folder, err := authority.Folder()
	var known *authority.Authority
	if err == nil {
		known, err = authority.Open(folder)
	}
	if errors.Is(err, authority.ErrNoPlace) {
		log.Warn("the certificate of https and wss is of this run alone: an authority that lasts could be kept nowhere; HOME or XDG_CONFIG_HOME names a place", "error", err)
		return authority.Passing()
	}
	return known, err
}

// held are the keys that functions have, as long as there are functions: a user's own
// are believed on this machine like any other where nobody was given them.
type held struct {
	keys   credential.Keys
	runner *local.Runner
}

var _ credential.Lookup = (*held)(nil)

// Lookup implements credential.Lookup.
func (h *held) Lookup(id string) (*credential.Key, bool) {
	key, ok := h.keys.Lookup(id)
	// Without functions nobody here was given that key: it opens nothing on this machine.
	if !ok || !key.Temporary && !h.runner.Any() {
		return nil, false
	}
	return key, true
}
