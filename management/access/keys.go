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
	file     *credential.File
	verifier *sigv4.Verifier
}

// Open reads the access keys of a file. secure says whether a request has come over
// TLS, as far as that is believed.
func Open(path string, secure func(*http.Request) bool) (*Keys, error) {
	file, err := credential.Open(path)
	if err != nil {
		return nil, err
	}
	return &Keys{file, &sigv4.Verifier{Keys: file, Secure: secure}}, nil
}

// Verifier verifies signatures by the keys, nil where there are none.
func (k *Keys) Verifier() *sigv4.Verifier {
	if k == nil {
		return nil
	}
	return k.verifier
}

// WithSessions verifies by the keys and by the sessions that they open; both are nil where
// there are no keys.
func (k *Keys) WithSessions() (*sigv4.Verifier, *Sessions) {
	if k == nil {
		return nil, nil
	}
	sessions := NewSessions(k.file)
	return &sigv4.Verifier{Keys: sessions, Secure: k.verifier.Secure}, sessions
}

// Watch takes new keys when the file changes, until ctx ends; a broken file leaves the
// last good ones in force.
func (k *Keys) Watch(ctx context.Context, logger *slog.Logger) {
	if k == nil {
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
