// Package usage keeps what keys have used of usage plans, day by day: in tables of their
// own where the store has some (store.Counter), else in documents.
//
// It promises that what several processes count adds up, and that counts older than Kept
// are forgotten. It knows nothing of quotas: what a count means is for who asks.
package usage
