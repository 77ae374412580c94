// Package measured is what measurements share: a gateway as the command runs it, what a
// process has used, and how figures of several rounds are told.
package measured
