// Package authority is the local certificate authority of a user: made once, kept in
// the user's configuration folder, and good for this machine's own names alone.
//
// It promises that the authority's certificate is constrained to localhost, names
// below it and loopback addresses, whoever comes to hold its key; that the key can
// be read by its user alone; and that processes which make one at the same time end
// up with the same. It refuses to put anything into a system's trust by itself:
// Stores says how that is done, and whoever is told to does it.
package authority
