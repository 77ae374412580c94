package tenant

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

const home, away = "111111111111", "222222222222"

func memory(t *testing.T) *Store {
	t.Helper()
	s := sqlite.OpenMemory(sqlite.Options{Tombstones: storetest.Deletions})
	t.Cleanup(func() { _ = s.Close() })
	return New(s, home)
}

// What the gateway's own account sees is a store like any other.
func TestStore(t *testing.T) {
	storetest.Test(t, func(t *testing.T) store.Store { return memory(t) })
}

func put(t *testing.T, s *Store, account string, key store.Key, body string) error {
	t.Helper()
	_, err := s.Update(For(t.Context(), account), func(tx store.Tx) error { return tx.Put(t.Context(), key, []byte(body)) })
	return err
}

// seen are the keys and bodies that a context sees below a prefix.
func seen(ctx context.Context, t *testing.T, s *Store, prefix store.Key) (all []string) {
	t.Helper()
	if err := s.View(ctx, func(r store.Reader) error {
		docs, err := r.List(ctx, prefix, 0, 0)
		for _, doc := range docs {
			all = append(all, fmt.Sprintf("%s=%s", doc.Key, doc.Body))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// Each account sees its own under the same keys, and what one removes is its own.
func TestAccountsSeeTheirOwn(t *testing.T) {
	s := memory(t)
	for account, api := range map[string]string{home: "a1", away: "b2"} {
		for key, body := range map[store.Key]string{
			store.Join("apis", "us-east-1", api): account, "config/us-east-1/x/routes/r": account, "stacks/shop": account,
		} {
			if err := put(t, s, account, key, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	for account, api := range map[string]string{home: "a1", away: "b2"} {
		ctx := For(t.Context(), account)
		for _, prefix := range []store.Key{"apis", "apis/us-east-1"} {
			if got := fmt.Sprint(seen(ctx, t, s, prefix)); got != "[apis/us-east-1/"+api+"="+account+"]" {
				t.Errorf("%s below %s: got %s", account, prefix, got)
			}
		}
		if got := len(seen(ctx, t, s, "")); got != 3 {
			t.Errorf("%s sees %d documents, want 3", account, got)
		}
		if !s.Reaches(ctx, account, api) || s.Reaches(ctx, "333333333333", api) {
			t.Errorf("%s: the owner of %s is not known", account, api)
		}
	}
	if got := len(seen(All(t.Context()), t, s, "")); got != 8 {
		t.Errorf("there are %d documents, want 6, and 2 that tell where the second account has any", got)
	}
	if _, err := s.Update(For(t.Context(), away), func(tx store.Tx) error { return tx.DeleteAll(t.Context(), "") }); err != nil {
		t.Fatal(err)
	}
	if own, others := len(seen(t.Context(), t, s, "")), len(seen(For(t.Context(), away), t, s, "")); own != 3 || others != 0 {
		t.Errorf("after the second account has removed all: %d and %d, want 3 and 0", own, others)
	}
	if s.Reaches(t.Context(), home, "b2") {
		t.Error("what another account's API has left is the first one's")
	}
}

// A key that names an account is nobody's: it would reach into that account's part.
func TestKeysNameNoAccount(t *testing.T) {
	s := memory(t)
	if err := put(t, s, away, "apis/us-east-1/b2", "x"); err != nil {
		t.Fatal(err)
	}
	named := store.Key("apis/us-east-1@" + away + "/b2")
	for _, account := range []string{"", home, away, "333333333333"} {
		if err := put(t, s, account, named, "stolen"); !errors.Is(err, store.ErrKey) {
			t.Errorf("%s writes %s: %v", account, named, err)
		}
		ctx := For(t.Context(), account)
		if err := s.View(ctx, func(r store.Reader) error { _, err := r.Get(ctx, named); return err }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s reads %s: %v", account, named, err)
		}
	}
}

// Names that clients reach belong to one account, whichever came first and in whatever region.
func TestNamesOfTheNetwork(t *testing.T) {
	for _, order := range [][2]string{{home, away}, {away, home}, {away, "333333333333"}} {
		s := memory(t)
		domain := func(region string) store.Key { return store.Join("domainnames", region, "api.example.com") }
		if err := put(t, s, order[0], domain("us-east-1"), "1"); err != nil {
			t.Fatal(err)
		}
		if err := put(t, s, order[1], domain("eu-west-1"), "2"); fault.KindOf(err) != fault.BadRequest {
			t.Errorf("%v: the second account gets %v", order, err)
		}
		if err := put(t, s, order[0], domain("us-east-1"), "3"); err != nil {
			t.Errorf("%v: the owner cannot change it: %v", order, err)
		}
	}
}

// While the store cannot be read, what is not known is nobody's, and what is known stays its own.
func TestWhatCannotBeKnownIsNobodys(t *testing.T) {
	s := memory(t)
	if err := put(t, s, home, store.Join("apis", "us-east-1", "a1"), "1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		account, api string
		want         bool
	}{{home, "a1", true}, {away, "a1", false}, {home, "b2", false}, {away, "b2", false}, {home, "", true}, {away, "", false}} {
		if got := s.Reaches(t.Context(), row.account, row.api); got != row.want {
			t.Errorf("%s reaches %q: %v", row.account, row.api, got)
		}
	}
}
