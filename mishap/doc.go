// Package mishap decides by chance, and by rules that somebody has written, which exchanges
// and calls of a gateway go wrong on purpose: so that tests of clients meet delays, errors,
// lost connections and conflicts without having to wait for them.
//
// It promises that the same seed decides the same sequence of exchanges alike, and that a
// gateway without rules pays one load of a pointer. It refuses to do anything by itself: who
// serves an exchange asks what is to become of it.
package mishap
