// Package control is the writing half of the management plane: one literal for each
// kind of resource over package family, one table (rows.go) that names them all, and
// what is done for a whole API: quick create, imports and exports. The rooms below have
// the kinds of a region, of developer portals, and deployments.
//
// It promises: calls that change what a stage serves answer once every node
// serves it, or say PENDING; an API with an autoDeploy stage is deployed shortly
// after its last change; lists are stable while others write.
//
// It refuses to compile anything: what is deployed is frozen as it is, and whoever
// serves it tells what of it does not work.
package control
