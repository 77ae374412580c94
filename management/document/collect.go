package document

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// collector is a transaction that only collects: nothing of it is kept anywhere.
type collector struct {
	image.View
	edit *image.Edit
}

var _ store.Tx = (*collector)(nil)

// It begins empty, as if no server had ever run: a document is judged by itself.
func newCollector() *collector {
	edit := new(image.Image).Edit(0)
	return &collector{image.View{Image: edit.Draft()}, edit}
}

// Put implements store.Tx.
func (c *collector) Put(_ context.Context, key store.Key, body []byte) error {
	if err := key.Check(); err != nil {
		return err
	}
	// Bodies stay within: there is nowhere to put large ones aside.
	c.edit.Put(key, body, false)
	return nil
}

// Delete implements store.Tx.
func (c *collector) Delete(_ context.Context, key store.Key) error {
	if !c.edit.Delete(key) {
		return store.ErrNotFound
	}
	return nil
}

// DeleteAll implements store.Tx.
func (c *collector) DeleteAll(_ context.Context, prefix store.Key) error {
	c.edit.DeleteAll(prefix)
	return nil
}
