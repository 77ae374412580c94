package document

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Application is what a document is applied with.
type Application struct {
	Account string
	Now     time.Time
	// Prune removes what has this tag, NAME=VALUE, and is not named by the document; ""
	// removes nothing.
	Prune       string
	Dry         bool // nothing is written
	MaxTemplate int
}

// Apply makes each API, domain, link, key, plan, portal and product that Parse gave be as it is
// wanted, with everything below it, and leaves all others as they are, in one transaction. It
// answers the changes as Changes does, and the revision then. What is there besides must fit
// what comes: a mapping whose stage would be gone is an error, and nothing is written.
func Apply(ctx context.Context, s store.Store, wanted []store.Document, o Application) (changes string, revision int64, err error) {
	// Judged outside of the transaction first: what is refused, or changes nothing, must not hold
	// up the writers of a fleet.
	whole, err := o.whole(ctx, s, wanted)
	if err != nil {
		return "", 0, err
	}
	if changes, err = Changes(ctx, s, whole, o.Account, o.Now, o.Dry); err != nil || o.Dry || changes == "" {
		return changes, 0, err
	}
	revision, err = s.Update(ctx, func(tx store.Tx) error {
		// Others may have written since: what is not named is theirs.
		stored, err := tx.List(ctx, "", 0, 0)
		if err != nil {
			return err
		}
		if whole, err = beside(stored, wanted, o.Prune); err != nil {
			return err
		}
		// Judged once more, by what is stored by now: what fitted before may not fit any longer.
		if err := o.fits(ctx, stored, whole); err != nil {
			return err
		}
		return swap(ctx, tx, whole)
	})
	return changes, revision, err
}

// whole is what a store would hold.
func (o *Application) whole(ctx context.Context, s store.Store, wanted []store.Document) (whole []store.Document, err error) {
	err = s.View(ctx, func(r store.Reader) error {
		stored, err := r.List(ctx, "", 0, 0)
		if err != nil {
			return err
		}
		if whole, err = beside(stored, wanted, o.Prune); err != nil {
			return err
		}
		return o.fits(ctx, stored, whole)
	})
	return whole, err
}

// fits judges what a store would hold by the rules, as a document of its own.
func (o *Application) fits(ctx context.Context, stored, whole []store.Document) error {
	lost, err := o.lost(ctx, whole)
	if err != nil {
		return fault.New(fault.Conflict, "What is not named by the document would not fit it any more: %v", err)
	}
	if len(lost) == 0 {
		return nil
	}
	// What leads nowhere already is not the document's doing.
	// A store that cannot be read as a document now is no reason to refuse: what is to be applied
	// may be what mends it.
	before, err := o.lost(ctx, stored)
	if err != nil {
		return nil
	}
	for key := range lost {
		if !before[key] {
			return fault.New(fault.Conflict, "What is not named by the document would not fit it any more: the %s %s would lead nowhere", catalog.Noun(key), key.Name())
		}
	}
	return nil
}

// lost are the documents that a reading of the whole does not find again: what they name is
// not there.
func (o *Application) lost(ctx context.Context, whole []store.Document) (map[store.Key]bool, error) {
	aside := newCollector()
	// A dead mapping is not in a document that is written: that it is missing when the text is
	// read again is how it is found, by the same rules as on every import.
	if err := swap(ctx, aside, whole); err != nil {
		return nil, err
	}
	text, err := Write(ctx, aside, o.Account, o.Now)
	if err != nil {
		return nil, err
	}
	// The one reading that there is judges, so that what is applied is never held to other rules than
	// what is loaded.
	read, err := Parse(text, o.MaxTemplate)
	if err != nil {
		return nil, err
	}
	lost := map[store.Key]bool{}
	for _, doc := range whole {
		// Deployments are named by no author and have no noun: they come and go with their API.
		if catalog.Noun(doc.Key) != "" {
			lost[doc.Key] = true
		}
	}
	for _, doc := range read {
		delete(lost, doc.Key)
	}
	return lost, nil
}

// named is what a document belongs to that is named from outside: an API with everything
// below it, a domain with its mappings; "" for what is no configuration.
type named [3]string

func nameOf(key store.Key) (named, bool) {
	what, region, api, name := catalog.Classify(store.Change{Key: key})
	// What is below an API goes with it: a document that names the API names all of it.
	if api != "" {
		return named{catalog.ChangedApi, region, api}, true
	}
	return named{what, region, name}, what != ""
}

// beside puts what is wanted in the place of what it names among what is stored.
func beside(stored, wanted []store.Document, prune string) ([]store.Document, error) {
	gone := map[named]bool{}
	for _, doc := range wanted {
		if n, ok := nameOf(doc.Key); ok {
			gone[n] = true
		}
	}
	// Only what has the tag: it marks what a former document put there, and nothing else is this
	// one's to remove.
	if prune != "" {
		tag, value, ok := strings.Cut(prune, "=")
		if !ok || tag == "" {
			return nil, fault.New(fault.BadRequest, "prune %q: want NAME=VALUE", prune)
		}
		for _, doc := range stored {
			n, ok := nameOf(doc.Key)
			tagged, err := hasTag(doc, tag, value)
			if err != nil {
				return nil, err
			}
			if ok && tagged {
				gone[n] = true
			}
		}
	}
	// What was there keeps its place, so that the order of things is no change.
	anew := make(map[store.Key]store.Document, len(wanted))
	for _, doc := range wanted {
		anew[doc.Key] = doc
	}
	var whole []store.Document
	for _, doc := range stored {
		is, stays := anew[doc.Key]
		n, ok := nameOf(doc.Key)
		switch {
		case stays:
			whole = append(whole, is)
			delete(anew, doc.Key)
		// What is no configuration (counts, leases) belongs to the processes and stays too.
		case !ok || !gone[n]:
			whole = append(whole, doc)
		}
	}
	for _, doc := range wanted {
		if _, left := anew[doc.Key]; left {
			whole = append(whole, doc)
		}
	}
	return whole, nil
}

// hasTag says whether what stands for something that is named from outside has a tag. What
// is below an API or a domain has none that counts: stages may have tags of their own.
func hasTag(doc store.Document, name, value string) (bool, error) {
	switch catalog.Noun(doc.Key) {
	case "API", "domain name", "VPC link", "API key", "usage plan", "portal", "portal product":
	default:
		return false, nil
	}
	var noun struct{ Tags map[string]string }
	// What cannot be read might have the tag: to pass over it would leave what was to go.
	if err := json.Unmarshal(doc.Body, &noun); err != nil {
		return false, fmt.Errorf("reading the tags of %s: %w", doc.Key, err)
	}
	found, ok := noun.Tags[name]
	return ok && found == value, nil
}
