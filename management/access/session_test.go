package access

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
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
	s := NewSessions(credential.Of(credential.Key{ID: "AKID", Secret: "s", SessionToken: "t", Account: "123456789012", ReadOnly: true, APIs: []string{"a1"}}))
	id := codeOf(t, s, "AKID")
	bought, err := s.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := s.Lookup(bought.AccessKeyId)
	if !ok || string(key.Secret) != bought.SecretAccessKey || key.SessionToken != "" || key.Account != "123456789012" || !key.ReadOnly || len(key.APIs) != 1 || key.Opens {
		t.Errorf("got %+v", key)
	}
	if _, ok := s.Lookup(id); ok {
		t.Error("the code is a key after it was spent")
	}
	if _, err := s.Open(id); fault.KindOf(err) != fault.AccessDenied {
		t.Errorf("the code is good twice: %v", err)
	}
	if _, err := s.Open(bought.AccessKeyId); fault.KindOf(err) != fault.AccessDenied {
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
		s := NewSessions(keys)
		late := codeOf(t, s, "AKID")
		time.Sleep(codeLife)
		if _, err := s.Open(late); fault.KindOf(err) != fault.AccessDenied {
			t.Errorf("a code is good after a minute: %v", err)
		}
		bought, err := s.Open(codeOf(t, s, "AKID"))
		if err != nil {
			t.Fatal(err)
		}
		good := func() bool { _, ok := s.Lookup(bought.AccessKeyId); return ok }
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

// However many codes are asked for, a hundred are kept.
func TestCodesAreBounded(t *testing.T) {
	s := NewSessions(credential.Of(credential.Key{ID: "AKID", Secret: "s"}))
	first := codeOf(t, s, "AKID")
	for range 10 * mostGrants {
		codeOf(t, s, "AKID")
	}
	if _, ok := s.Lookup(first); ok || len(s.grants) != mostGrants {
		t.Errorf("%d are kept, the first: %v", len(s.grants), ok)
	}
}

// A code opens a session and does nothing else, whatever its owner may; every key may
// ask for one.
func TestPermitOfCodes(t *testing.T) {
	operations := map[string]wire.Row{}
	for _, row := range own.Console(NewSessions(credential.Keys{})) {
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
