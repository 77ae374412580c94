package access

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/wire"
)

// codeOf makes a code and answers its id.
func codeOf(t *testing.T, s *Sessions, by string) string {
	t.Helper()
	code, err := s.Code(by)
	if err != nil {
		t.Fatal(err)
	}
	id, secret, _ := strings.Cut(code.Code, ".")
	if key, ok := s.Lookup(id); !ok || string(key.Secret) != secret || !key.Opens {
		t.Fatalf("the code %s is no key", id)
	}
	return id
}

// A code is good once, and buys a key with the rights of the one that asked.
func TestCodeBuysOneSession(t *testing.T) {
	s := NewSessions(credential.Of(credential.Key{ID: "AKID", Secret: "s", SessionToken: "t", Account: "123456789012", ReadOnly: true, APIs: []string{"a1"}}), nil)
	id := codeOf(t, s, "AKID")
	bought, err := s.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := s.Lookup(bought.AccessKeyId)
	if !ok || string(key.Secret) != bought.SecretAccessKey || key.SessionToken != "" || key.Account != "123456789012" || !key.ReadOnly || len(key.APIs) != 1 || key.Opens {
		t.Errorf("got %+v", key)
	}
	if _, err := s.Open(t.Context(), id); fault.KindOf(err) != fault.AccessDenied {
		t.Errorf("the code is good twice: %v", err)
	}
	if _, err := s.Open(t.Context(), bought.AccessKeyId); fault.KindOf(err) != fault.AccessDenied {
		t.Errorf("a session opens another: %v", err)
	}
	if _, err := s.Code(bought.AccessKeyId); fault.KindOf(err) != fault.AccessDenied {
		t.Errorf("a session makes codes: %v", err)
	}
	if _, err := s.Code("nobody"); fault.KindOf(err) != fault.AccessDenied {
		t.Errorf("nobody makes codes: %v", err)
	}
}

// Codes end after a minute, sessions after an hour, and with the key that they come from.
func TestSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := credential.Of(credential.Key{ID: "AKID", Secret: "s"})
		s := NewSessions(keys, nil)
		late := codeOf(t, s, "AKID")
		time.Sleep(codeLife)
		if _, err := s.Open(t.Context(), late); fault.KindOf(err) != fault.AccessDenied {
			t.Errorf("a code is good after a minute: %v", err)
		}
		bought, err := s.Open(t.Context(), codeOf(t, s, "AKID"))
		if err != nil {
			t.Fatal(err)
		}
		good := func() bool {
			key, ok := s.Lookup(bought.AccessKeyId)
			return ok && string(key.Secret) == bought.SecretAccessKey
		}
		keys["AKID"] = &credential.Key{ID: "AKID", Secret: "another"}
		if good() {
			t.Error("a session outlives the secret of its key")
		}
		delete(keys, "AKID")
		if good() {
			t.Error("a session outlives its key")
		}
		keys["AKID"] = &credential.Key{ID: "AKID", Secret: "s"}
		time.Sleep(sessionLife - time.Second)
		if !good() {
			t.Error("a session ends before its hour")
		}
		time.Sleep(time.Second)
		if good() {
			t.Error("a session goes on after its hour")
		}
	})
}

// However many codes are spent, a thousand are remembered, and none is good twice for that.
func TestSpentCodesAreBounded(t *testing.T) {
	keys := credential.Of(credential.Key{ID: "AKID", Secret: "s"})
	shared := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = shared.Close() })
	for name, spent := range map[string]Spent{"one process": nil, "a store": Together(shared)} {
		s := NewSessions(keys, spent)
		first := codeOf(t, s, "AKID")
		for i := range mostSpent {
			if _, err := s.Open(t.Context(), codeOf(t, s, "AKID")); err != nil {
				t.Fatalf("%s: %d: %v", name, i, err)
			}
		}
		if _, err := s.Open(t.Context(), first); fault.KindOf(err) != fault.TooManyRequests {
			t.Errorf("%s: one more: %v", name, err)
		}
	}
}

// What was spent long ago leaves the store, and no code stands in it.
func TestSpentCodesLeaveTheStore(t *testing.T) {
	shared := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = shared.Close() })
	codes, spent := catalog.SpentCodes(), Together(shared)
	kept := func() (names []string) {
		if err := shared.View(t.Context(), func(r store.Reader) error {
			all, err := codes.Page(t.Context(), r, 0, 0)
			for _, one := range all {
				names = append(names, one.Name)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return names
	}
	// Of a code that has ended a moment ago another node's clock may say otherwise.
	for id, until := range map[string]time.Duration{"old": -clocks - time.Second, "late": -time.Second} {
		if err := spent.Spend(t.Context(), id, time.Now().Add(until)); err != nil {
			t.Fatal(err)
		}
	}
	if err := spent.Spend(t.Context(), "late", time.Now()); !errors.Is(err, errSpent) {
		t.Errorf("it is spent twice: %v", err)
	}
	if err := spent.Spend(t.Context(), "new", time.Now()); err != nil {
		t.Fatal(err)
	}
	if names := kept(); len(names) != 2 || strings.Contains(strings.Join(names, " "), "late") || len(names[0]) != 64 {
		t.Errorf("kept are %q", names)
	}
}

// A grant that nobody made is no key of anybody's: its secret is not what it would be.
func TestForgedGrants(t *testing.T) {
	keys := credential.Of(credential.Key{ID: "AKID", Secret: "s"}, credential.Key{ID: "OTHER", Secret: "o"})
	s := NewSessions(keys, nil)
	id := codeOf(t, s, "AKID")
	code, _ := s.Lookup(id)
	for _, forged := range []string{
		strings.Replace(id, "DRAGOMANC", "DRAGOMANS", 1), strings.Replace(id, "AKID", "OTHER", 1), id[:9] + "F" + id[10:],
	} {
		if key, ok := s.Lookup(forged); ok && (key.Secret == code.Secret || key.Secret == "s" || key.Secret == "o") {
			t.Errorf("%s has the secret of another", forged)
		}
	}
	for _, none := range []string{"DRAGOMAN", "DRAGOMANC", id[:len(id)-4], "DRAGOMANX" + id[9:], "DRAGOMANC-" + id[10:], "DRAGOMANC" + strings.Repeat("G", len(id)-9), strings.Replace(id, "AKID", "NOBODY", 1), "DRAGOMANC00000000001" + id[20:]} {
		if _, ok := s.Lookup(none); ok {
			t.Errorf("%s is a key", none)
		}
		if _, err := s.Open(t.Context(), none); fault.KindOf(err) != fault.AccessDenied {
			t.Errorf("%s opens a session: %v", none, err)
		}
	}
}

// After a restart sessions go on; a code from before may have been spent, so that it is good for nothing.
func TestSessionsOutliveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := credential.Of(credential.Key{ID: "AKID", Secret: "s"})
		s := NewSessions(keys, nil)
		bought, err := s.Open(t.Context(), codeOf(t, s, "AKID"))
		if err != nil {
			t.Fatal(err)
		}
		before := codeOf(t, s, "AKID")
		time.Sleep(time.Second)
		s = NewSessions(keys, nil)
		if key, ok := s.Lookup(bought.AccessKeyId); !ok || string(key.Secret) != bought.SecretAccessKey {
			t.Error("a session ends with the process")
		}
		if _, err := s.Open(t.Context(), before); fault.KindOf(err) != fault.AccessDenied {
			t.Errorf("a code from before the start is good: %v", err)
		}
	})
}

// A code opens a session and does nothing else, whatever its owner may; every key may
// ask for one.
func TestPermitOfCodes(t *testing.T) {
	operations := map[string]wire.Row{}
	for _, row := range own.Console(NewSessions(credential.Keys{}, nil)) {
		operations[row.Name] = row
	}
	if len(operations) != 2 {
		t.Fatalf("got %d operations", len(operations))
	}
	code, session := operations["CreateConsoleCode"].Operation, operations["CreateConsoleSession"].Operation
	for _, o := range []*wire.Operation{code, {Method: "GET", Path: "/v2/apis"}} {
		if fault.KindOf(sessionsAlone(&credential.Key{})(&wire.Request{Operation: o})) != fault.AccessDenied {
			t.Errorf("a code may call %s", o.Path)
		}
	}
	if err := sessionsAlone(&credential.Key{})(&wire.Request{Operation: session}); err != nil {
		t.Error(err)
	}
	for _, key := range []credential.Key{{ReadOnly: true}, {APIs: []string{"a1"}}} {
		if err := permit(&key)(&wire.Request{Operation: code}); err != nil {
			t.Errorf("a key that reads only: %v, of APIs %v: %v", key.ReadOnly, key.APIs, err)
		}
	}
}
