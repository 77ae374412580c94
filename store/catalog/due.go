package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// Due says that an API's automatic stages are to be deployed, and when the API changed
// since they were: it is put in the transaction of the change, and removed in that of
// the deployment.
type Due struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Dues are what is due of the APIs of a region, by their id.
func Dues(region string) Collection[Due] { return collection[Due](dues, region) }

// ListDues lists what is due in all regions, in order of creation.
func ListDues(ctx context.Context, r store.Reader) ([]Located[Due], error) {
	return located[Due](ctx, r, dues)
}

// MakeDue says that an API changed now, in this transaction.
func MakeDue(ctx context.Context, tx store.Tx, region, apiId string, now time.Time) error {
	found, err := Dues(region).Entry(ctx, tx, apiId)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	due := Due{First: now, Last: now}
	// The first change decides when at the latest is deployed: an API that is changed without a
	// pause must not wait for ever.
	if err == nil && found.Err == nil {
		due.First = found.Noun.First
	}
	return Dues(region).Put(ctx, tx, apiId, &due)
}
