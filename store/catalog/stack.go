package catalog

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
)

const stacks = "stacks"

// Stack is what a template has put into a store: a digest of each document by its key,
// so that the template's next state is compared with its last one, and not with what
// others have made of that.
type Stack struct {
	Documents map[store.Key]string `json:"documents"`
}

// Stacks are the stacks of a store, by name.
func Stacks() Collection[Stack] { return collection[Stack](stacks) }

// Remove removes a document and everything that goes with it, such as an API's routes,
// whoever has made those. A deployment that a stage still serves stays: done is then
// false.
func Remove(ctx context.Context, tx store.Tx, key store.Key) (done bool, err error) {
	path := store.Split(key)
	if len(path) < 3 {
		return true, tx.DeleteAll(ctx, key)
	}
	switch region, id := path[1], path[2]; path[0] {
	case apis:
		err = DeleteApi(ctx, tx, region, id)
	case deployments, snapshots:
		used, err := serves(ctx, tx, region, id, key.Name())
		if err != nil || used {
			return false, err
		}
		return true, tx.DeleteAll(ctx, key)
	case domainNames:
		if err = ApiMappings(region, id).Clear(ctx, tx); err == nil {
			err = RoutingRules(region, id).Clear(ctx, tx)
		}
	case usagePlans:
		err = UsagePlanKeys(region, id).Clear(ctx, tx)
	}
	if err != nil && err != ErrNotFound {
		return false, err
	}
	return true, tx.DeleteAll(ctx, key)
}

// serves says whether a stage of an API serves a deployment.
func serves(ctx context.Context, r store.Reader, region, apiId, deployment string) (bool, error) {
	all, err := Stages(region, apiId).All(ctx, r)
	for _, stage := range all {
		if stage.DeploymentId == deployment {
			return true, err
		}
	}
	return false, err
}

// ApiOf is the API that a document belongs to, "" for what belongs to none.
func ApiOf(key store.Key) (region, apiId string) {
	what, region, apiId, _ := Classify(store.Change{Key: key})
	if what == "" || apiId == "" {
		return "", ""
	}
	return region, apiId
}
