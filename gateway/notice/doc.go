// Package notice tells operators why clients are refused.
//
// A refusal that only the client sees costs its operator an afternoon; a line for
// every refusal gives whoever is refused a way to fill the disk. So each kind of
// refusal, and each rule of it, has a line of its own at the level of a warning at
// most once a second, and the next line says how many were left out.
//
// It promises that what it keeps has a bound whatever clients do, and that text of
// theirs goes into a line only as far as Short lets it. It is for no secrets: those
// who tell it something leave tokens, signatures and query strings out.
package notice
