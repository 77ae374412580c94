package tenant

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// mostKnown bounds how many APIs are remembered.
const mostKnown = 1 << 17

// Reaches says whether an API is an account's. One that nobody is known to have had, such as
// one that was deleted before the gateway began, is of the gateway's own account.
func (s *Store) Reaches(ctx context.Context, account, api string) bool {
	if api == "" {
		return account == s.home // what is no API's
	}
	owner, err := s.accountOf(ctx, api)
	// Whose it is cannot be known where the store was never read: it is nobody's then.
	return err == nil && (owner == account || owner == "" && account == s.home)
}

// accountOf is the account of an API, "" for one that is not known.
func (s *Store) accountOf(ctx context.Context, api string) (string, error) {
	s.mu.Lock()
	account, known := s.apis[api]
	loaded := s.loaded
	s.mu.Unlock()
	if known {
		return account, nil
	}
	// All are read once for each revision at which somebody asks for what is not known: streams
	// ask for each record.
	err := s.Shown().View(All(ctx), func(r store.Reader) error {
		revision, err := r.Revision(ctx)
		if err != nil || revision == loaded {
			return err
		}
		all, err := catalog.ListApis(ctx, r)
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.loaded = revision
		for i := range all {
			_, s.apis[all[i].ApiId] = Split(all[i].Region, s.home)
		}
		return nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.apis[api], err
}

// note remembers whose an API is from the moment that it is made: it may be gone before
// anybody asks, and what it has left is still not everybody's.
func (s *Store) note(key store.Key, of owner) {
	if catalog.Noun(key) != "API" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.apis) >= mostKnown {
		s.apis, s.loaded = map[string]string{}, -1
	}
	account := string(of)
	if of == "" {
		account = s.home
	}
	s.apis[key.Name()] = account
}

// Apart says whether other accounts than the gateway's own have anything.
func (s *Store) Apart(ctx context.Context) (others bool) {
	_ = s.Store.View(ctx, func(r store.Reader) error {
		regions, err := r.Children(ctx, store.Join(registry), 0, 1)
		others = err != nil || len(regions) > 0 // what cannot be known is taken for true
		return err
	})
	return others
}
