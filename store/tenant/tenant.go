package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/usage"
)

// Store is a store as the accounts see it, each its own part.
type Store struct {
	store.Store
	store.Counter // by plans and keys, whose ids are an account's own and never given twice

	home string

	mu     sync.Mutex        // Protects fields below.
	apis   map[string]string // the accounts of APIs, also of those that are gone
	loaded int64             // the revision at which all that were there had been read
}

var (
	_ store.Store   = (*Store)(nil)
	_ store.Counter = (*Store)(nil)
)

// New keeps accounts of a store apart. home is the gateway's own, which everything belongs
// to that names none.
func New(inner store.Store, home string) *Store {
	return &Store{Store: inner, Counter: usage.Of(inner), home: home, apis: map[string]string{}, loaded: -1}
}

// Check refuses a gateway's own account that the store keeps apart already, as another's:
// what that account has would be hidden, and what had no account would become its own.
func Check(ctx context.Context, s store.Store, home string) error {
	return s.View(ctx, func(r store.Reader) error {
		regions, err := r.Children(ctx, store.Join(registry), 0, 0)
		for _, region := range regions {
			if _, account := cut(region.Key.Name()); account == home {
				return fmt.Errorf("--account %s: the store has resources of that account beside those of the account that it was made with; start with that one", home)
			}
		}
		return err
	})
}

// who is for whom a call is made, in its context.
type who struct{}

// everybody is in the place of an account.
const everybody = "*"

// For is a context for calls of an account; "" stands for the gateway's own.
func For(ctx context.Context, account string) context.Context {
	return context.WithValue(ctx, who{}, account)
}

// All is a context that sees the store as it is, for work that is nobody's call, such as
// automatic deployments.
func All(ctx context.Context) context.Context { return context.WithValue(ctx, who{}, everybody) }

// owner is whose part of the store a context sees; false for all of it.
func (s *Store) owner(ctx context.Context) (owner, bool) {
	account, _ := ctx.Value(who{}).(string)
	switch account {
	case everybody:
		return "", false
	case s.home:
		return "", true
	}
	return owner(account), true
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, read func(store.Reader) error) error {
	of, apart := s.owner(ctx)
	if !apart {
		return s.Store.View(ctx, read)
	}
	return s.Store.View(ctx, func(r store.Reader) error { return read(reader{r, of}) })
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, write func(store.Tx) error) (int64, error) {
	of, apart := s.owner(ctx)
	if !apart {
		return s.Store.Update(ctx, write)
	}
	return s.Store.Update(ctx, func(t store.Tx) error { return write(&tx{reader{t, of}, t, s}) })
}

// claim refuses a name that all accounts share where another has it already.
func (t *tx) claim(ctx context.Context, key, at store.Key) error {
	kind, id := catalog.Worldwide(key)
	if kind == "" {
		return nil
	}
	if _, err := t.inner.Get(ctx, at); !errors.Is(err, store.ErrNotFound) {
		return err // it is this account's already
	}
	taken, err := t.taken(ctx, kind, id)
	switch {
	case err != nil:
		return err
	// Observed: AWS answers the same to an account's own second domain of a name; whose the
	// first is it never says.
	case taken && catalog.Noun(key) == "domain name":
		return fault.New(fault.BadRequest, "The domain name you provided already exists.")
	case taken:
		return fault.New(fault.Conflict, "The id %s is taken", id)
	}
	t.store.note(key, t.of)
	return nil
}

// taken says whether another account has a name.
func (t *tx) taken(ctx context.Context, kind, id string) (bool, error) {
	if t.of != "" {
		docs, err := t.inner.List(ctx, store.Join(kind), 0, 0)
		for _, doc := range docs {
			if path := store.Split(doc.Key); len(path) == 3 && path[2] == id {
				// Its own, in another region, is no other account's.
				if _, own := t.of.out(doc.Key); !own {
					return true, nil
				}
			}
		}
		return false, err
	}
	// By the regions of other accounts, which are few: the gateway's own may have thousands of
	// APIs, and one more must not cost more for it.
	regions, err := t.inner.Children(ctx, store.Join(registry), 0, 0)
	for _, region := range regions {
		if _, err := t.inner.Get(ctx, store.Join(kind, region.Key.Name(), id)); !errors.Is(err, store.ErrNotFound) {
			return err == nil, err
		}
	}
	return false, err
}

// drop passes over that something is not there.
func drop(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
