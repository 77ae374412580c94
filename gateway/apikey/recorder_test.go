package apikey

import (
	"context"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/store"
)

// recorder is a store that counts updates and keeps nothing.
type recorder struct {
	store.Store
	updates int
}

func (r *recorder) Update(context.Context, func(store.Tx) error) (int64, error) {
	r.updates++
	return int64(r.updates), nil
}

func plansWithQuota() []throttle.Plan {
	return []throttle.Plan{{
		ID: "p1", Quota: &throttle.Quota{Limit: 100, Period: throttle.Day},
		Stages: []throttle.PlanStage{{API: "a1", Stage: "prod"}}, Keys: []throttle.PlanKey{{ID: "k1", Value: value}},
	}}
}
