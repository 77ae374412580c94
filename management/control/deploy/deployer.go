package deploy

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Deployer makes deployments. It is safe for concurrent use.
type Deployer struct {
	plane *family.Plane
	offer func(apiId, deploymentId string, s *resource.Snapshot)
	queue *queue

	freezing chan struct{} // one for each API that is being frozen outside of a transaction
	lately   lately
}

// New makes the deployer of a plane, which is to tell Touched of its changes. offer
// hands on what a deployment freezes before it is stored; nil hands on nothing.
func New(plane *family.Plane, offer func(apiId, deploymentId string, s *resource.Snapshot)) *Deployer {
	d := &Deployer{plane: plane, offer: offer, freezing: make(chan struct{}, freezing)}
	d.queue = newQueue(plane.Store, d.DeployDue, plane.Now, plane.Logger)
	return d
}

// Run deploys what automatic stages ask for until ctx ends: each API shortly after
// its changes, those that any node made before it ended too.
func (d *Deployer) Run(ctx context.Context) { d.queue.run(ctx) }

// Rows are the handlers of the operations on deployments, by name.
func (d *Deployer) Rows() map[string]wire.Handler {
	rows := Deployments().Rows(d.plane)
	rows["CreateDeployment"] = d.create
	return rows
}
