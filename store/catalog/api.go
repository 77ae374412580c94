package catalog

import (
	"context"
	"errors"
	"strconv"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// Located is a noun with the region and API that it belongs to.
type Located[T any] struct {
	Region, ApiId string
	Entry[T]
}

// ListApis lists the APIs of all regions, in order of creation.
func ListApis(ctx context.Context, r store.Reader) ([]Located[resource.Api], error) {
	return located[resource.Api](ctx, r, apis)
}

// PlacesOfApis tells where the APIs of all regions are, in order of creation, and reads none
// of them: their entries have no nouns.
func PlacesOfApis(ctx context.Context, r store.Reader) ([]Located[resource.Api], error) {
	docs, err := r.List(ctx, store.Join(apis), 0, 0)
	found := make([]Located[resource.Api], len(docs))
	for i, doc := range docs {
		path := store.Split(doc.Key)
		found[i].Region, found[i].ApiId = path[1], path[2]
	}
	return found, err
}

func located[T any](ctx context.Context, r store.Reader, kind string) ([]Located[T], error) {
	docs, err := r.List(ctx, store.Join(kind), 0, 0)
	if err != nil {
		return nil, err
	}
	found := make([]Located[T], 0, len(docs))
	for _, doc := range docs {
		path := store.Split(doc.Key)
		found = append(found, Located[T]{Region: path[1], ApiId: path[2], Entry: entry[T](doc)})
	}
	return found, nil
}

// ListDomainNames lists the custom domains of all regions with their region.
func ListDomainNames(ctx context.Context, r store.Reader) ([]Regional[resource.DomainName], error) {
	return regional[resource.DomainName](ctx, r, domainNames)
}

// ListUsagePlans lists the usage plans of all regions with their region.
func ListUsagePlans(ctx context.Context, r store.Reader) ([]Regional[resource.UsagePlan], error) {
	return regional[resource.UsagePlan](ctx, r, usagePlans)
}

func regional[T any](ctx context.Context, r store.Reader, kind string) ([]Regional[T], error) {
	docs, err := r.List(ctx, store.Join(kind), 0, 0)
	if err != nil {
		return nil, err
	}
	found := make([]Regional[T], 0, len(docs))
	for _, doc := range docs {
		found = append(found, Regional[T]{Region: store.Split(doc.Key)[1], Entry: entry[T](doc)})
	}
	return found, nil
}

// Regional is a noun with the region that it belongs to.
type Regional[T any] struct {
	Region string
	Entry[T]
}

// Version counts the changes of an API's configuration. It only rises; a deployment
// that remembers a smaller one is behind.
func Version(ctx context.Context, r store.Reader, region, apiId string) (int64, error) {
	doc, err := r.Get(ctx, store.Join(marks, region, apiId))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	// Decimal text, which a person who looks into the store can read as it is.
	return strconv.ParseInt(string(doc.Body), 10, 64)
}

// VersionedAt is the revision of the last change of an API's configuration, 0 for an
// API of no version: another one is another configuration.
func VersionedAt(ctx context.Context, r store.Reader, region, apiId string) (int64, error) {
	doc, err := r.Get(ctx, store.Join(marks, region, apiId))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return doc.Revision, err
}

// Bump raises the mark of an API: its configuration changes in this transaction.
func Bump(ctx context.Context, tx store.Tx, region, apiId string) error {
	n, err := Version(ctx, tx, region, apiId)
	if err != nil {
		return err
	}
	return tx.Put(ctx, store.Join(marks, region, apiId), strconv.AppendInt(nil, n+1, 10))
}

// DeleteApi removes an API and everything that belongs to it, or answers ErrNotFound.
func DeleteApi(ctx context.Context, tx store.Tx, region, apiId string) error {
	if err := Apis(region).Delete(ctx, tx, apiId); err != nil {
		return err
	}
	// Each kind has a tree of its own, and what were left of one would be the next API's of that id.
	// Mappings are not among them: an API that a domain maps to is refused before.
	for _, kind := range []string{config, marks, dues, resets, stages, deployments, snapshots} {
		if err := tx.DeleteAll(ctx, store.Join(kind, region, apiId)); err != nil {
			return err
		}
	}
	return nil
}
