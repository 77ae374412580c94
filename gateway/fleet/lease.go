package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// How a number is leased.
const (
	renewEvery = 10 * time.Second
	leaseTime  = 30 * time.Second // after a renewal: two of them may fail
	// reserved is how long a number is kept after its lease: a node that cannot reach
	// the store goes on with its connections, and has its number still when it can.
	reserved = 24 * time.Hour
	// leaveTime is how long a node that ends waits for the store.
	leaveTime = time.Second
)

// errTaken says that another process has this node's number, as when the store was
// replaced.
var errTaken = errors.New("another process has the number of this node: restart this one")

// take leases a number that nobody has or had lately, and forgets those that are
// reserved no more.
func (f *Fleet) take(ctx context.Context) error {
	_, err := f.config.Store.Update(ctx, func(tx store.Tx) error {
		nodes, err := catalog.Nodes().Page(ctx, tx, 0, 0)
		if err != nil {
			return err
		}
		known := make(map[string]bool, len(nodes))
		for _, e := range nodes {
			if e.Err == nil && f.config.Now().Sub(e.Noun.Until) < reserved {
				if known[e.Name] = true; (f.config.Alone || e.Noun.Alone) && e.Noun.Until.After(f.config.Now()) {
					return &occupied{e.Name, e.Noun.Until}
				}
				continue
			}
			if err := catalog.Nodes().Delete(ctx, tx, e.Name); err != nil {
				return err
			}
		}
		// A number is not given again within a day: connection ids begin with it, and a message for an
		// old one would reach a stranger's client.
		for f.node = f.config.Draw(); known[name(f.node)]; {
			f.node = f.config.Draw()
		}
		return f.put(ctx, tx)
	})
	return err
}

// renew keeps the lease for another while. When the node was lost it sends its clients
// away first.
func (f *Fleet) renew(ctx context.Context) error {
	f.renewing.Lock()
	defer f.renewing.Unlock()
	for {
		// The time before the write: others' leases are judged by it, for the store has answered
		// after this moment, whenever that was.
		losses, sent := 0, f.config.Now().UnixNano()
		_, err := f.config.Store.Update(ctx, func(tx store.Tx) error {
			e, err := catalog.Nodes().Entry(ctx, tx, name(f.node))
			switch {
			case err != nil && !errors.Is(err, catalog.ErrNotFound):
				return err
			case err == nil && (e.Err != nil || e.Noun.Instance != f.instance):
				return errTaken
			case err == nil && int64(e.Noun.Lost) > f.yielded.Load():
				losses = e.Noun.Lost
				return errLost
			}
			return f.put(ctx, tx)
		})
		switch {
		case err == nil:
			f.renewed.Store(sent)
			return nil
		case !errors.Is(err, errLost):
			return err
		}
		f.yield(losses)
	}
}

// leave ends the lease: nobody waits any longer for this node.
func (f *Fleet) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	_, err := f.config.Store.Update(ctx, func(tx store.Tx) error {
		mine, err := f.mine(ctx, tx)
		if err != nil || !mine {
			return err
		}
		return catalog.Nodes().Delete(ctx, tx, name(f.node))
	})
	if errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	return err
}

// mine says whether the number of this node is kept as its own.
func (f *Fleet) mine(ctx context.Context, r store.Reader) (bool, error) {
	e, err := catalog.Nodes().Entry(ctx, r, name(f.node))
	return err == nil && e.Err == nil && e.Noun.Instance == f.instance, err
}

func (f *Fleet) put(ctx context.Context, tx store.Tx) error {
	return catalog.Nodes().Put(ctx, tx, name(f.node), &catalog.Node{Instance: f.instance, Until: f.config.Now().Add(leaseTime), Lost: int(f.yielded.Load()), Yielded: int(f.yielded.Load()), Draining: f.draining.Load(), Alone: f.config.Alone})
}

// others are the nodes that live and that somebody wants, without this one.
func (f *Fleet) others(ctx context.Context, wants func(*catalog.Node) bool) (found []connection.Node, err error) {
	err = f.config.Store.View(ctx, func(r store.Reader) error {
		nodes, err := catalog.Nodes().Page(ctx, r, 0, 0)
		for _, e := range nodes {
			var n connection.Node
			if _, err := fmt.Sscan(e.Name, &n); err != nil || e.Err != nil || n == f.node || !e.Noun.Until.After(f.config.Now()) || !wants(e.Noun) {
				continue
			}
			found = append(found, n)
		}
		return err
	})
	return found, err
}

// name is a number as a key has it.
func name(n connection.Node) string { return fmt.Sprint(uint32(n)) }
