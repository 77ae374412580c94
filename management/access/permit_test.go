package access

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// What belongs to many APIs is called by keys of some of them, which reach those alone;
// what belongs to none is not.
func TestPermitOfWhatIsShared(t *testing.T) {
	all, some := &credential.Key{}, &credential.Key{APIs: []string{"a"}}
	reader, both := &credential.Key{ReadOnly: true}, &credential.Key{ReadOnly: true, APIs: []string{"a"}}
	read, write := &wire.Operation{Method: "GET"}, &wire.Operation{Method: "POST"}
	sharedRead, sharedWrite := &wire.Operation{Method: "GET", Shared: true}, &wire.Operation{Method: "POST", Shared: true}
	// What every key may ask, and what nobody has entered in the table of our own.
	pure := &wire.Operation{Name: "EvaluateTemplate", Method: "POST", Path: "/_dragoman/evaluate/template", Pure: true}
	unknown := &wire.Operation{Name: "ReadMinds", Method: "GET", Path: "/_dragoman/minds", Shared: true}
	deployer := &credential.Key{Deployer: true}
	for _, row := range []struct {
		key  *credential.Key
		of   *wire.Operation
		want bool
	}{
		{all, read, true}, {all, write, true}, {all, sharedRead, true}, {all, sharedWrite, true},
		{some, read, false}, {some, write, false}, {some, sharedRead, true}, {some, sharedWrite, true},
		{reader, read, true}, {reader, write, false}, {reader, sharedRead, true}, {reader, sharedWrite, false},
		{both, read, false}, {both, write, false}, {both, sharedRead, true}, {both, sharedWrite, false},
		{all, pure, true}, {some, pure, true}, {reader, pure, true}, {both, pure, true},
		{all, unknown, true}, {some, unknown, true}, {reader, unknown, false}, {deployer, unknown, false},
		{deployer, read, true}, {deployer, write, false}, {deployer, pure, true},
	} {
		judge := permit(row.key)
		if got := judge == nil || judge(&wire.Request{Operation: row.of}) == nil; got != row.want {
			t.Errorf("a key of %v (only reading: %v), %s (shared: %v): permitted is %v", row.key.APIs, row.key.ReadOnly, row.of.Method, row.of.Shared, got)
		}
	}
	for _, key := range []*credential.Key{some, both} {
		if reach := reaches(key); !reach("a") || reach("b") || reach("") {
			t.Errorf("a key of %v reaches a: %v, b: %v, none: %v", key.APIs, reach("a"), reach("b"), reach(""))
		}
	}
	if reaches(all) != nil || reaches(reader) != nil {
		t.Error("a key of all APIs is limited")
	}
}
