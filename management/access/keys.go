package access

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Keys are the access keys that signatures are verified by. Nil Keys verify none.
type Keys struct {
	file     *credential.File // nil: there is no file
	verifier *sigv4.Verifier
}

// Open reads the access keys of a file, and one that stands beside it as ID:SECRET; either
// may be "". Of two with one id the one beside the file counts, for it cannot change. secure
// says whether a request has come over TLS, as far as that is believed.
func Open(path string, beside credential.Secret, secure func(*http.Request) bool) (*Keys, error) {
	k := &Keys{verifier: &sigv4.Verifier{Secure: secure}}
	if path != "" {
		var err error
		if k.file, err = credential.Open(path); err != nil {
			return nil, err
		}
		k.verifier.Keys = k.file
	}
	if beside != "" {
		key, err := credential.ParsePair(beside)
		if err != nil {
			return nil, err
		}
		k.verifier.Keys = &besideFile{credential.Of(*key), k.verifier.Keys}
	}
	return k, nil
}

// besideFile finds keys that do not change, and then those of a file, nil for none.
type besideFile struct {
	fixed credential.Keys
	file  credential.Lookup
}

// Lookup implements credential.Lookup.
func (b *besideFile) Lookup(id string) (*credential.Key, bool) {
	key, ok := b.fixed.Lookup(id)
	if ok || b.file == nil {
		return key, ok
	}
	return b.file.Lookup(id)
}

// Verifier verifies signatures by the keys, nil where there are none.
func (k *Keys) Verifier() *sigv4.Verifier {
	if k == nil {
		return nil
	}
	return k.verifier
}

// WithSessions verifies by the keys and by the sessions that they open; both are nil where
// there are no keys. spent is where codes are noted that processes share; nil where this one is
// alone.
func (k *Keys) WithSessions(spent Spent) (*sigv4.Verifier, *Sessions) {
	if k == nil {
		return nil, nil
	}
	sessions := NewSessions(k.verifier.Keys, spent)
	return &sigv4.Verifier{Keys: sessions, Secure: k.verifier.Secure}, sessions
}

// Watch takes new keys when the file changes, until ctx ends; a broken file leaves the
// last good ones in force.
func (k *Keys) Watch(ctx context.Context, logger *slog.Logger) {
	if k == nil || k.file == nil {
		return
	}
	k.file.Watch(ctx, 0, func(err error) {
		if err != nil {
			logger.Error("access keys were not reloaded", "error", err)
			return
		}
		logger.Info("access keys reloaded", "keys", k.file.Len())
	})
}
