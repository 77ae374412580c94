package tenant

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/store"
)

// digits is how many an account has.
const digits = 12

// registry is the kind of documents that tell in which regions other accounts have anything.
// They are of this room alone: no account sees them.
const registry = "accounts"

// Split tells the region and the account that a stored region stands for; home is the
// account of what names none.
func Split(stored, home string) (region, account string) {
	if name, account := cut(stored); account != "" {
		return name, account
	}
	return stored, home
}

// cut takes the account off a segment, "" where it has none.
func cut(segment string) (name, account string) {
	at := len(segment) - digits - 1
	if at < 0 || segment[at] != '@' {
		return segment, ""
	}
	for i := at + 1; i < len(segment); i++ {
		if segment[i] < '0' || segment[i] > '9' {
			return segment, ""
		}
	}
	return segment[:at], segment[at+1:]
}

// parts are the kind of a key, its second segment, and the rest with its slash. ok says that
// there is a second segment.
func parts(k store.Key) (kind, second, rest string, ok bool) {
	kind, below, ok := strings.Cut(string(k), "/")
	if i := strings.IndexByte(below, '/'); i >= 0 {
		return kind, below[:i], below[i:], ok
	}
	return kind, below, "", ok
}

// owner is whose keys a view shows: "" for the gateway's own account.
type owner string

// in is the key under which an account's key is stored; false for one that it cannot have.
func (o owner) in(k store.Key) (store.Key, bool) {
	kind, second, rest, ok := parts(k)
	if kind == registry {
		return "", false
	}
	if _, named := cut(second); named != "" {
		return "", false // nobody names an account but by whose call it is
	}
	if !ok || o == "" {
		return k, o == "" || ok
	}
	return store.Key(kind + "/" + second + "@" + string(o) + rest), true
}

// out is the key that an account sees of a stored one; false for one that is not its own.
func (o owner) out(k store.Key) (store.Key, bool) {
	kind, second, rest, ok := parts(k)
	if kind == registry {
		return "", false
	}
	name, account := cut(second)
	if account != string(o) || !ok && o != "" {
		return "", false
	}
	if o == "" {
		return k, true
	}
	return store.Key(kind + "/" + name + rest), true
}
