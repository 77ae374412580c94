// Package deploy freezes the configuration of APIs into deployments: those that are
// asked for, and those of the stages that want to be deployed after each change.
//
// It promises: whatever was changed is deployed to the automatic stages 100 ms after
// the last change and 1 s after the first at the latest, once for a whole fleet, also
// when the node that made the change is gone; the newest 20 automatic deployments of an
// API are kept, and all that its stages serve.
//
// A deployment is of one moment between its call and its answer. No other writer of the store
// waits for an API to be read and packed.
//
// It refuses to compile anything: whoever serves a deployment tells what does not work.
package deploy
