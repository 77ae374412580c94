package credential

import (
	"log/slog"
	"slices"
)

// redacted stands wherever a Secret would be printed.
const redacted = "[redacted]"

// Secret is a text that prints as "[redacted]" however it is printed.
// Convert it with string(s) where its value is needed.
type Secret string

// String is a placeholder for every secret.
func (Secret) String() string { return redacted }

// GoString answers a placeholder, so that %#v does not leak either.
func (Secret) GoString() string { return redacted }

// LogValue answers a placeholder to log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText answers a placeholder to encoding/json and its like.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Key is one access key with what it may do. It is never changed after it was
// handed out.
type Key struct {
	ID           string   // access key id, as it stands in a credential scope
	Secret       Secret   // secret access key
	SessionToken Secret   // "" unless requests must carry X-Amz-Security-Token
	Profile      string   // name of the profile that holds the key
	Account      string   // 12 digits, "" for the account that the server runs as
	ReadOnly     bool     // true: no write of the management API, no POST or DELETE on @connections
	Deployer     bool     // true: of the writes of the management API only what is below an API
	APIs         []string // ids of the only APIs that it reaches; empty means all
	Temporary    bool     // true: this process made it, for its functions alone
	Opens        bool     // true: it opens one session of the console, and does nothing else
}

// Permits reports whether the key may reach the API with this id, for a write
// or only for a read. api is "" for what belongs to no single API (a domain
// name, a list of APIs): a key that is limited to APIs does not reach those.
func (k *Key) Permits(api string, write bool) bool {
	if write && k.ReadOnly {
		return false
	}
	return !k.Limited() || slices.Contains(k.APIs, api)
}

// Limited reports whether the key reaches only some APIs.
func (k *Key) Limited() bool { return len(k.APIs) > 0 }

// Lookup finds keys. It is called for every signed request, from many
// goroutines: it must neither block nor allocate much.
type Lookup interface {
	// Lookup answers the key with this access key id, or false. The caller
	// must not change it.
	Lookup(id string) (*Key, bool)
}

// Keys is a fixed set of keys by access key id.
type Keys map[string]*Key

var _ Lookup = Keys(nil)

// Of gathers keys into a set; of two with one id the last counts.
func Of(keys ...Key) Keys {
	set := make(Keys, len(keys))
	for _, k := range keys {
		set[k.ID] = &k
	}
	return set
}

// Lookup implements the interface of that name.
func (s Keys) Lookup(id string) (*Key, bool) {
	k, ok := s[id]
	return k, ok
}
