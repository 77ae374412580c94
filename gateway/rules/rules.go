package rules

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/dragoman-gateway/dragoman/authorizer/jwt"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/apikey"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/record/mask"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/store"
)

// Options are what rules need; members that say so may be nil.
type Options struct {
	Store     store.Store
	Functions function.Invoker  // of Lambda authorizers
	Verifier  *sigv4.Verifier   // of AWS_IAM; nil takes signatures that nobody doubts
	Deny      egress.Ranges     // in which no issuer is asked
	Table     *descriptor.Table // asks for idle connections when there is no other room

	Home             string         // account of keys that name none
	PerRoute         bool           // messages of WebSocket APIs are authorized by their routes
	Account, Connect *throttle.Rate // limits of the account; nil for none
	Manage           *throttle.Rate // of calls of the management API; nil for none

	Notices *notice.Notices // are told of refusals; nil: nobody is
	Mask    *mask.Mask      // takes credentials out of what is remembered of decisions
	Logger  *slog.Logger
}

// Rules are what admission decides by.
type Rules struct {
	Authorizers *authorize.Authorizers
	Throttles   *throttle.Set
	Keys        *apikey.Keys // which whoever loads the configuration fills

	issuers *jwt.Issuers
	notices *notice.Notices
	logger  *slog.Logger
	home    string
}

// Open makes the rules; nobody is asked by that.
func Open(o Options) *Rules {
	issuers := jwt.NewIssuers(jwt.Options{Deny: o.Deny})
	o.Table.Reclaim(issuers.CloseIdle)
	return &Rules{
		Authorizers: authorize.New(authorize.Config{Issuers: issuers, Functions: o.Functions, Verifier: o.Verifier, Home: o.Home, PerRoute: o.PerRoute, Notices: o.Notices, Mask: o.Mask}),
		Throttles:   throttle.NewSet(throttle.Options{Account: o.Account, Connect: o.Connect, Manage: o.Manage}),
		Keys:        apikey.New(apikey.Config{Store: o.Store, Logger: o.Logger}),
		issuers:     issuers, notices: o.Notices, logger: o.Logger, home: o.Home,
	}
}

// Nodes tells how many nodes share all limits but quotas, this one included.
func (r *Rules) Nodes(n int) {
	r.Throttles.Nodes(n)
	r.Keys.Nodes(n)
}

// Admission is what the rules of stages are made of.
func (r *Rules) Admission() *admission.Rules {
	return &admission.Rules{Throttle: r.Throttles, Authorizers: r.Authorizers, Keys: r.Keys, Notices: r.notices}
}

// Guard is the guard of @connections, by the keys of callers and of functions that run
// here; a nil verifier knows no keys.
func (r *Rules) Guard(verifier, functions *sigv4.Verifier) *admission.Guard {
	return &admission.Guard{Verifier: verifier, Functions: functions, Home: r.home, Notices: r.notices}
}

// Refused tells the operator of a signature that is no good, and answers its error.
func (r *Rules) Refused(q *http.Request, from string, err error) error {
	return admission.Refused(r.notices, q, from, err)
}

// Run writes what keys have used to the store until ctx ends, without what belongs to
// plans and keys that are gone.
func (r *Rules) Run(ctx context.Context) {
	if err := r.Keys.Sweep(ctx); err != nil && ctx.Err() == nil {
		r.logger.Error("counts of deleted usage plans were not removed", "error", err)
	}
	r.Keys.Run(ctx)
}

// Close gives back the connections to issuers.
func (r *Rules) Close() error {
	r.issuers.CloseIdle()
	return nil
}
