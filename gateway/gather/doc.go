// Package gather asks all nodes of a fleet the same, for those who look at what the fleet
// does: a list of clients, a record of an exchange, a count.
//
// It promises an answer within Patience, of those who gave one, and the names of those who
// did not: what is shown says what is missing from it. What comes over the bus is checked
// as input is.
//
// It refuses to decide what answers mean together: who asks brings them together.
package gather
