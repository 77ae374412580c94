package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// ReplaceStack makes a stack of a store what Parse gave, in one transaction, and tells
// what that changed and the revision then. What the stack has not put there stays as
// it is, and so does what it wants as it wanted it before, whatever others have
// changed of it since.
//
// Documented: AWS CloudFormation User Guide, Update behaviors of stack resources: an
// update compares the submitted template with the last one.
func ReplaceStack(ctx context.Context, s store.Store, name string, wanted []store.Document, now time.Time) (changes Summary, revision int64, err error) {
	revision, err = s.Update(ctx, func(tx store.Tx) error {
		changes = Summary{map[string]int{}, map[string]int{}, map[string]int{}}
		before, err := catalog.Stacks().Get(ctx, tx, name)
		// A stack that is new has wanted nothing before, so that nothing is removed.
		if errors.Is(err, catalog.ErrNotFound) {
			before, err = &catalog.Stack{}, nil
		}
		if err != nil {
			return err
		}
		return (&stack{tx: tx, before: before.Documents, after: map[store.Key]string{}, touched: map[[2]string]bool{}, changes: changes, now: now}).replace(ctx, name, wanted)
	})
	return changes, revision, err
}

// stack is one update of a stack.
type stack struct {
	tx            store.Tx
	before, after map[store.Key]string
	touched       map[[2]string]bool // region and id of APIs whose documents were put or removed
	changes       Summary
	now           time.Time
}

// replace puts what is wanted before it removes the rest: what is removed takes along what
// is below it, and that may be wanted elsewhere by then.
func (s *stack) replace(ctx context.Context, name string, wanted []store.Document) error {
	for _, doc := range wanted {
		if err := s.put(ctx, doc); err != nil {
			return err
		}
	}
	// What holds others goes before them, and takes them along.
	for _, key := range slices.Sorted(maps.Keys(s.before)) {
		if _, stays := s.after[key]; stays {
			continue
		}
		// What others use now is not removed, and stays the stack's: the next update tries again.
		done, err := catalog.Remove(ctx, s.tx, key)
		if err != nil {
			return err
		}
		if !done {
			s.after[key] = s.before[key]
			continue
		}
		s.count(s.changes.Removed, key)
	}
	if err := s.deploy(ctx); err != nil {
		return err
	}
	// A template that says the same costs no revision, of which all nodes would hear.
	if maps.Equal(s.before, s.after) {
		return nil
	}
	return catalog.Stacks().Put(ctx, s.tx, name, &catalog.Stack{Documents: s.after})
}

// put writes a document unless the stack wanted the same before: then what others have
// made of it since stays theirs. The digest tells, so that the wish itself is not kept.
func (s *stack) put(ctx context.Context, doc store.Document) error {
	sum := sha256.Sum256(doc.Body)
	// Half of SHA-256: it tells versions of one document apart and proves nothing.
	digest := hex.EncodeToString(sum[:16])
	s.after[doc.Key] = digest
	before, err := s.tx.Get(ctx, doc.Key)
	there := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	switch {
	case there && s.before[doc.Key] == digest:
		return nil
	case there:
		s.count(s.changes.Changed, doc.Key)
	default:
		s.count(s.changes.Made, doc.Key)
	}
	body, err := s.dated(doc, before.Body)
	if err != nil {
		return err
	}
	return s.tx.Put(ctx, doc.Key, body)
}

// dated is the body of a document with the times at which its noun was made and changed:
// what is made of a template tells neither, and clients look for the latest by them.
func (s *stack) dated(doc store.Document, before []byte) ([]byte, error) {
	now, updated := any(resource.At(s.now)), false
	switch what, region, api, id := catalog.Classify(store.Change{Key: doc.Key}); {
	case catalog.Noun(doc.Key) == "stage":
		updated = true
	// Documented: API Gateway V1 API Reference, ApiKey: the older API has its times as numbers.
	case what == catalog.ChangedApiKey:
		now, updated = resource.EpochAt(s.now), true
	case what == catalog.ChangedApi, what == catalog.ChangedVpcLink, what == catalog.ChangedDeployment && catalog.Deployments(region, api).Key(id) == doc.Key:
	default:
		return doc.Body, nil
	}
	members, old := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(doc.Body, &members); err != nil {
		return nil, err
	}
	if before != nil {
		if err := json.Unmarshal(before, &old); err != nil {
			return nil, err
		}
	}
	moment, err := json.Marshal(now)
	if err != nil {
		return nil, err
	}
	if _, said := members["createdDate"]; !said {
		members["createdDate"] = moment
		// An update makes nothing anew: the noun stays as old as it is.
		if was, known := old["createdDate"]; known {
			members["createdDate"] = was
		}
	}
	if _, said := members["lastUpdatedDate"]; updated && !said {
		members["lastUpdatedDate"] = moment
	}
	return json.Marshal(members)
}

// count counts a noun, and notes the API whose deployment has to follow.
func (s *stack) count(in map[string]int, key store.Key) {
	if noun := catalog.Noun(key); noun != "" {
		in[noun]++
	}
	if region, api := catalog.ApiOf(key); api != "" {
		s.touched[[2]string{region, api}] = true
	}
}

// deploy asks for a deployment of APIs that others have changed too: the one of the
// stack has its own routes alone, and automatic stages serve all that there are.
func (s *stack) deploy(ctx context.Context) error {
	for _, at := range slices.SortedFunc(maps.Keys(s.touched), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		region, api := at[0], at[1]
		if _, err := catalog.Apis(region).Get(ctx, s.tx, api); err != nil {
			continue // it was removed
		}
		version, err := catalog.Version(ctx, s.tx, region, api)
		if err != nil {
			return err
		}
		// Nothing of its configuration was ever changed by the API, so what the stack deploys is whole.
		if version == 0 {
			continue
		}
		if err := catalog.MakeDue(ctx, s.tx, region, api, s.now); err != nil {
			return err
		}
	}
	return nil
}
