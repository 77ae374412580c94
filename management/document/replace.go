package document

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Replace makes a store hold what Parse gave and no other configuration, in one transaction,
// and answers the revision then. What is the same stays untouched.
func Replace(ctx context.Context, s store.Store, wanted []store.Document) (revision int64, err error) {
	return s.Update(ctx, func(tx store.Tx) error { return swap(ctx, tx, wanted) })
}

// swap writes the difference between what is stored and what is wanted.
// Bodies are compared as bytes, for each noun is encoded in one way.
func swap(ctx context.Context, tx store.Tx, wanted []store.Document) error {
	old, err := tx.List(ctx, "", 0, 0)
	if err != nil {
		return err
	}
	stored := make(map[store.Key][]byte, len(old))
	for _, doc := range old {
		stored[doc.Key] = doc.Body
	}
	for _, doc := range wanted {
		if body, ok := stored[doc.Key]; !ok || !bytes.Equal(body, doc.Body) {
			if err := tx.Put(ctx, doc.Key, doc.Body); err != nil {
				return err
			}
		}
		delete(stored, doc.Key)
	}
	for _, doc := range old {
		// What the servers of a fleet keep for themselves is no configuration, and no
		// document may remove it.
		if _, gone := stored[doc.Key]; !gone || catalog.OfFleet(doc.Key) {
			continue
		}
		// What held it may have taken it along.
		if err := tx.Delete(ctx, doc.Key); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Changes tells what Replace would change: line by line, and then counted in a
// summary, "" when nothing. It compares documents as Write gives them, so that
// comments and order of members do not count. dry says that nobody will write it.
func Changes(ctx context.Context, s store.Store, wanted []store.Document, account string, now time.Time, dry bool) (string, error) {
	// Both sides are written from a store, so that defaults which only one text
	// names are no change.
	aside := newCollector()
	if err := swap(ctx, aside, wanted); err != nil {
		return "", err
	}
	after, err := Write(ctx, aside, account, now)
	if err != nil {
		return "", err
	}
	var before []byte
	var stored []store.Document
	err = s.View(ctx, func(r store.Reader) (err error) {
		if stored, err = r.List(ctx, "", 0, 0); err != nil {
			return err
		}
		before, err = Write(ctx, r, account, now)
		return err
	})
	if err != nil {
		return "", err
	}
	changes := Diff(string(before), string(after))
	if changes == "" {
		return "", nil
	}
	changes += summarize(stored, wanted).String()
	if dry {
		changes += " (a dry run: nothing was written)"
	}
	return changes + "\n", nil
}
