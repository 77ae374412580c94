package family

import (
	"context"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Sight is one moment of the store as a request sees it. What its nouns belong to is
// read once and kept here.
type Sight struct {
	*Plane
	Request *wire.Request
	Reader  store.Reader
	Region  string

	Api   *resource.Api // that the nouns belong to
	Below string        // id of what they belong to below an API or region, such as a route or a custom domain

	looks bool // nothing that is read is changed or kept
}

// Change is one write inside its transaction.
type Change struct {
	Sight
	Tx      store.Tx
	Changed bool // what a deployment would freeze of Api was changed

	index *index // of siblings; nil until somebody asks
	kept  func() // is called when the change was kept
}

// touch ends a change of what a deployment freezes.
func (t *Change) touch(ctx context.Context) (err error) {
	// Inside the transaction: a change that is kept without its note would never be deployed.
	if t.Touched != nil {
		if t.kept, err = t.Touched(ctx, t); err != nil {
			return err
		}
	}
	return catalog.Bump(ctx, t.Tx, t.Region, t.Api.ApiId)
}
