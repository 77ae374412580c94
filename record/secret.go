package record

// Secret is a value that must not be shown, and the name of the header or parameter that
// has it, "" for none.
type Secret struct{ Name, Value string }

// mostSecrets bounds the values of one record that must not be shown; they are parts of one
// request. What is not known cannot be looked for, so that nothing is shown of a record that has
// more.
const mostSecrets = 256

// known are the secrets that a draft was told of, each once: every stage and every authorizer of
// an API may tell of the same, and a client may send one value often. Clients decide how many
// there are, so that each is found in a few steps however many came before.
type known struct {
	first []Secret            // most exchanges have a few at most
	all   map[Secret]struct{} // once there are more
}

// few is how many secrets are looked through one after the other.
const few = 8

// What came of telling of a secret.
type novelty int

const (
	stale  novelty = iota // it was known
	fresh                 // it was not
	excess                // it was not, and there are too many to know it
)

// has says whether a secret is known; one without a name is by any.
func (k *known) has(s Secret) bool {
	if k.all != nil {
		_, is := k.all[s]
		return is
	}
	for i := range k.first {
		if old := &k.first[i]; old.Value == s.Value && (old.Name == s.Name || s.Name == "") {
			return true
		}
	}
	return false
}

func (k *known) add(s Secret) novelty {
	switch {
	case k.has(s):
		return stale
	case len(k.first) == mostSecrets:
		return excess
	}
	if k.first = append(k.first, s); len(k.first) < few {
		return fresh
	}
	if k.all == nil {
		k.all = make(map[Secret]struct{}, 2*few)
		for _, old := range k.first {
			k.all[old], k.all[Secret{Value: old.Value}] = struct{}{}, struct{}{}
		}
	}
	k.all[s], k.all[Secret{Value: s.Value}] = struct{}{}, struct{}{}
	return fresh
}

// forget forgets all, and keeps room for a few.
func (k *known) forget() {
	clear(k.first)
	k.first, k.all = k.first[:0:min(cap(k.first), few)], nil
}

// withheld stands for what a record would say that has too many secrets.
const withheld = "not shown: the exchange has more secrets than a record can look for"

// withhold takes out of a record all that came from outside. What remains is which steps
// there were, when, and what came of them.
func (r *Record) withhold() {
	for i := range r.Steps {
		r.Steps[i].Data, r.Steps[i].Why = nil, withheld
	}
	r.Summary, r.Origin, r.Unfit = withheld, nil, withheld
}
