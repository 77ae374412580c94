// Package transfer copies a whole store to another place, a directory or a database.
//
// It promises that what is copied is of one moment, also while servers use where it comes
// from, that all of it arrives or nothing, counted at both ends, and that a place which
// holds something is left alone unless it is to be replaced. It leaves behind what belongs
// to the processes that use a store, and to the database that it is kept in.
package transfer
