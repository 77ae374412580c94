package fleet

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

var _ connection.Owners = (*Fleet)(nil)

// Asked are the nodes that can be asked beside this one; nil for a process that is alone.
func (f *Fleet) Asked() func(context.Context) ([]connection.Node, error) {
	if f == nil {
		return nil
	}
	return f.Others
}

// Owners is the fleet as connections know it; nil of none, for a process that is alone.
func (f *Fleet) Owners() connection.Owners {
	if f == nil {
		return nil
	}
	return f
}

// errLost says that others took this node for lost, and may have told so.
var errLost = errors.New("this node was recorded as lost")

// Live implements connection.Owners. A node whose lease is over is recorded as lost
// before anybody is told: it may only be cut off, and come back with its clients. Its
// lease is judged by a node that has renewed its own since, for when the store is away
// for all nobody's lease ends.
func (f *Fleet) Live(ctx context.Context, n connection.Node) (live bool, err error) {
	var over bool
	err = f.config.Store.View(ctx, func(r store.Reader) error {
		e, err := catalog.Nodes().Entry(ctx, r, name(n))
		switch {
		case errors.Is(err, catalog.ErrNotFound):
			return nil
		case err != nil:
			return err
		// What cannot be read is neither alive nor gone: to call it gone would end its clients.
		case e.Err != nil:
			return e.Err
		}
		live = !e.Noun.IsLost()
		over = live && f.mayJudge(e.Noun)
		return nil
	})
	if err != nil || !over {
		return live, err
	}
	return f.lose(ctx, n, f.mayJudge)
}

// mayJudge says whether a lease is over, for all that this node can know.
func (f *Fleet) mayJudge(n *catalog.Node) bool {
	return !n.Until.After(f.config.Now()) && f.renewed.Load() > n.Until.UnixNano()
}

// Lose implements connection.Owners.
func (f *Fleet) Lose(ctx context.Context, n connection.Node) error {
	live, err := f.lose(ctx, n, func(*catalog.Node) bool { return true })
	if err == nil && live {
		err = errors.New("it was not recorded as lost")
	}
	return err
}

// lose records a node as lost if that is so within the transaction too, and says whether
// it lives still.
func (f *Fleet) lose(ctx context.Context, n connection.Node, so func(*catalog.Node) bool) (live bool, err error) {
	recorded := false
	_, err = f.config.Store.Update(ctx, func(tx store.Tx) error {
		live, recorded = false, false
		node, err := catalog.Nodes().Get(ctx, tx, name(n))
		// It has left by itself in between: there is nobody to be told that he was lost.
		if errors.Is(err, catalog.ErrNotFound) {
			return nil
		}
		if err != nil || node.IsLost() {
			return err
		}
		if live = !so(node); live {
			return nil
		}
		node.Lost++
		recorded = true
		return catalog.Nodes().Put(ctx, tx, name(n), node)
	})
	if err != nil || !recorded {
		return live, err
	}
	f.config.Logger.Warn("a node is recorded as lost: its connections were called gone", "node", n)
	f.tell(ctx)
	return false, nil
}

// Confirm implements connection.Owners.
func (f *Fleet) Confirm(ctx context.Context) error {
	lost := false
	err := f.config.Store.View(ctx, func(r store.Reader) error {
		e, err := catalog.Nodes().Entry(ctx, r, name(f.node))
		lost = err == nil && e.Err == nil && e.Noun.Instance == f.instance && int64(e.Noun.Lost) > f.yielded.Load()
		return err
	})
	if err != nil || !lost {
		return err
	}
	return f.renew(ctx)
}

// yield sends the clients away whom others have called gone. It returns when none of
// them takes a message any more.
func (f *Fleet) yield(losses int) {
	if f.config.Lost != nil {
		f.config.Lost()
	}
	f.yielded.Store(int64(losses))
}
