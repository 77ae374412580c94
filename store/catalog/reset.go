package catalog

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
)

// Reset says that what authorizers answered for a stage is to be forgotten, by every
// node that comes to the revision of its last write.
type Reset struct{}

// Resets are the resets of the stages of an API, by the stage's name.
func Resets(region, apiId string) Collection[Reset] {
	return collection[Reset](resets, region, apiId)
}

// ListResets lists the resets of all stages, in order of their first.
func ListResets(ctx context.Context, r store.Reader) ([]Located[Reset], error) {
	return located[Reset](ctx, r, resets)
}
