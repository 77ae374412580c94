// Package refusal is how an exchange fails: one type for whatever the gateway answers
// of its own, and one table that says for each kind and protocol which status, words
// and $context.error.responseType it has.
//
// It promises that both planes word the same failure by the same row, and refuses to
// write anything: the form of an answer is its plane's.
package refusal
