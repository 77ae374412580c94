package control

import (
	"context"
	"log/slog"
	"time"

	"github.com/dragoman-gateway/dragoman/management/control/deploy"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Config is what the handlers need. Store and Account must be there.
type Config struct {
	Store   store.Store
	Account string

	// Endpoint is the address at which an API is reached; nil gives AWS's form.
	Endpoint func(region, apiId, protocol string) string

	// PortalURL is where a portal's published page is served; its preview is at
	// /preview below. nil gives AWS's form.
	PortalURL func(portalId string) string

	// Offer hands on what a deployment freezes, so that whoever serves need not read
	// it back. It is called before the deployment is stored, which may fail yet; the
	// snapshot is not changed any more. nil hands on nothing.
	Offer func(apiId, deploymentId string, s *resource.Snapshot)

	// Trouble says why a stage cannot be served as it is stored, "" when it can. nil
	// knows of none.
	Trouble func(apiId, stage string) string

	// Announce returns when every node that lives serves the given revision of the
	// store. Its context ends after family.AnnounceWait. nil means that nobody serves.
	Announce func(ctx context.Context, revision int64) error

	// ResetAuthorizers forgets the cached results of a stage's authorizers in this
	// process, where the store takes no writes that would tell every node to.
	ResetAuthorizers func(apiId, stage string)

	// StrictIssuers asks the issuer of a JWT authorizer for its keys when it is
	// created or updated; nil asks when the first token comes.
	StrictIssuers func(ctx context.Context, issuer string) error

	// ImportOpen imports operations whose security scheme no authorizer stands for as
	// routes that everybody may call; they are left out otherwise. StrictImport
	// refuses what AWS refuses and could be read: OpenAPI 3.1.
	ImportOpen, StrictImport bool

	// PerRoute lets each route of a WebSocket API ask for authorization, and its
	// authorizers be JWT ones; AWS has REQUEST authorizers for $connect.
	PerRoute bool

	Now         func() time.Time // nil for time.Now
	Logger      *slog.Logger     // nil for slog.Default
	Quotas      bool             // enforce AWS's adjustable counts
	MaxTemplate int              // characters of a mapping template, 0 for AWS's
}

// Control answers the operations of the management API. It is safe for concurrent use.
type Control struct {
	Config
	plane    *family.Plane
	deployer *deploy.Deployer
	reading  chan struct{} // holds one while a long document is read
}

// New makes the handlers; Run must run for autoDeploy to happen.
func New(config Config) *Control {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Endpoint == nil {
		config.Endpoint = awsEndpoint
	}
	c := &Control{Config: config, reading: make(chan struct{}, 1)}
	c.plane = &family.Plane{Store: config.Store, Now: config.Now, Logger: config.Logger, Quotas: config.Quotas, Announced: config.Announce}
	c.deployer = deploy.New(c.plane, config.Offer)
	c.plane.Touched = c.deployer.Touched
	return c
}

// Handlers gives every operation that is answered here, by name.
func (c *Control) Handlers() map[string]wire.Handler { return c.rows() }

// Run deploys what autoDeploy stages ask for until ctx ends: each API shortly after
// its changes, those that any node made before it ended too.
func (c *Control) Run(ctx context.Context) { c.deployer.Run(ctx) }

// awsEndpoint is the address that AWS would give an API.
func awsEndpoint(region, apiId, protocol string) string {
	// Observed: no stage and no trailing slash; clients append both themselves.
	scheme := "https://"
	if protocol == resource.WebSocket {
		scheme = "wss://"
	}
	return scheme + apiId + ".execute-api." + region + ".amazonaws.com"
}
