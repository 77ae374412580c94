// Package control is the writing half of the management plane: one handler per
// operation of the management API, one file per family of resources, one table
// (rows.go) that names them all.
//
// Every write goes the same way: decode the body onto the noun (a new one, or the
// stored one for a PATCH), fill in what AWS fills in, hold it to its rules and to
// what else is stored, put it. All of this happens inside one transaction in the
// queue of its API, so a refused call changes nothing, writes to one API follow
// each other and unrelated writes never meet.
//
// It promises: calls that change what a stage serves answer once this process
// serves it, or say PENDING; an API with an autoDeploy stage is deployed shortly
// after its last change; lists are stable while others write.
//
// It refuses to compile anything: what is deployed is frozen as it is, and whoever
// serves it tells what of it does not work.
package control
