package own

import (
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/wire"
)

// announceWait bounds how long an import waits until it is served, and turnWait
// how long until it is read: large documents take many times their size in memory
// meanwhile, so they are read one after the other.
const (
	announceWait = 2 * time.Second
	turnWait     = 30 * time.Second
)

// configuration answers for the whole configuration.
type configuration struct {
	*control.Control
	// One import at a time; exports and lists are answered meanwhile.
	turn chan struct{} // holds one while a document is read
}

// export writes the document of everything.
// One view, so that what refers to each other is of one moment.
func (c *configuration) export(ctx context.Context, r *wire.Request) (any, error) {
	var text []byte
	err := c.Store.View(ctx, func(reader store.Reader) (err error) {
		text, err = document.Write(ctx, reader, r.Account, c.Now())
		return err
	})
	return yamlOf(text), fault.E("own.ExportConfiguration", err)
}

// replace makes the configuration what a document says, and answers the changes.
func (c *configuration) replace(ctx context.Context, r *wire.Request) (any, error) {
	dry, _ := r.Bool("dryRun")
	if dry {
		r.Resource = ConfigurationPath + "?dryRun=true" // in the audit line too
	}
	changes, err := c.read(ctx, r.Account, r.Payload, dry)
	// Line and path are for the author; as they are no fault.Error they would be hidden as internal.
	if wrong, ok := errors.AsType[*tree.Error](err); ok {
		err = fault.New(fault.BadRequest, "%s", wrong.Error())
	}
	return yamlOf([]byte(changes)), fault.E("own.ImportConfiguration", err)
}

// apply makes what a document names be as it says, leaves the rest, and answers the changes.
func (c *configuration) apply(ctx context.Context, r *wire.Request) (any, error) {
	const op = "own.ApplyConfiguration"
	o := document.Application{Account: r.Account, Now: c.Now(), Prune: r.String("prune"), MaxTemplate: c.MaxTemplate}
	if o.Dry, _ = r.Bool("dryRun"); o.Dry {
		// Nothing was changed: whoever reads the audit must not look for a change.
		r.Resource = ConfigurationPath + "?dryRun=true"
	}
	if err := c.wait(ctx); err != nil {
		return nil, fault.E(op, err)
	}
	// Held until it is stored: turns are for memory, and the document is in it until then.
	defer func() { <-c.turn }()
	wanted, err := document.Parse(r.Payload, c.MaxTemplate)
	if wrong, ok := errors.AsType[*tree.Error](err); ok {
		err = fault.New(fault.BadRequest, "%s", wrong.Error())
	}
	if err != nil {
		return nil, fault.E(op, err)
	}
	changes, revision, err := document.Apply(ctx, c.Store, wanted, o)
	if err != nil {
		return nil, fault.E(op, err)
	}
	// Nothing changed and nothing is announced: no node needs to look.
	if revision > 0 {
		c.announce(ctx, revision)
	}
	return yamlOf([]byte(changes)), nil
}

// merge adds what a document has to the configuration, and answers what became of it.
func (c *configuration) merge(ctx context.Context, r *wire.Request) (any, error) {
	merged, err := c.add(ctx, r)
	if wrong, ok := errors.AsType[*tree.Error](err); ok {
		err = fault.New(fault.BadRequest, "%s", wrong.Error())
	}
	if err != nil {
		return nil, fault.E("own.MergeConfiguration", err)
	}
	return merged, nil
}

// add reads a document in its turn, and adds what it says in one transaction.
func (c *configuration) add(ctx context.Context, r *wire.Request) (merged *document.Merged, err error) {
	if err := c.wait(ctx); err != nil {
		return nil, err
	}
	defer func() { <-c.turn }()
	// Before the document is read: what can never be added need not be judged.
	if err := document.Mergeable(r.Payload); err != nil {
		return nil, err
	}
	wanted, err := document.Parse(r.Payload, c.MaxTemplate)
	if err != nil {
		return nil, err
	}
	revision, err := c.Store.Update(ctx, func(tx store.Tx) error {
		// Within the transaction, which alone knows what ids are free when it is written.
		merged, err = document.Merge(ctx, tx, c.Control, r.Account, wanted)
		return err
	})
	if err == nil {
		c.announce(ctx, revision)
	}
	return merged, err
}

// yamlOf is an answer in YAML. Changes have that type too: they quote lines of documents.
func yamlOf(text []byte) wire.Document {
	return wire.Document{ContentType: "application/yaml", Body: text}
}

// read reads a document in its turn, and stores what it says unless this is dry.
func (c *configuration) read(ctx context.Context, account string, text []byte, dry bool) (changes string, err error) {
	if err := c.wait(ctx); err != nil {
		return "", err
	}
	defer func() { <-c.turn }()
	wanted, err := document.Parse(text, c.MaxTemplate)
	if err != nil {
		return "", err
	}
	changes, err = document.Changes(ctx, c.Store, wanted, account, c.Now(), dry)
	if err != nil || dry {
		return changes, err
	}
	// Changes are told of the store as it was a moment ago; what is written holds
	// whatever came between, for it is the whole.
	revision, err := document.Replace(ctx, c.Store, wanted)
	if err != nil {
		return "", err
	}
	c.announce(ctx, revision)
	return changes, nil
}

// wait waits for its turn.
func (c *configuration) wait(ctx context.Context) error {
	// Bounded beside the caller's own patience: a queue of imports is memory of their documents.
	timer := time.NewTimer(turnWait)
	defer timer.Stop()
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fault.New(fault.Unavailable, "Another configuration is being read")
	}
}

// announce waits until what was stored is served.
func (c *configuration) announce(ctx context.Context, revision int64) {
	// Without a data plane nobody serves what was stored.
	if c.Announce == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, announceWait)
	defer cancel()
	// It is stored, so that an error would have the caller repeat what was done: the log says it.
	if err := c.Announce(ctx, revision); err != nil {
		c.Logger.WarnContext(ctx, "an imported configuration is stored but not served yet", "revision", revision, "error", err)
	}
}
