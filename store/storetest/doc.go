// Package storetest is the contract of package store as tests. Every store runs
// Test, or Read when it takes no writes, in one line; one that outlives its process
// runs Reopen as well, and one whose commits can fail runs Failing.
package storetest
