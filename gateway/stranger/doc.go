// Package stranger keeps those from a management listener that believes whoever reaches
// it who must not call it: pages of other sites, names that are made to mean this
// machine, and proxies that pass on what others send. It refuses them in the form of
// the management API, and tells the operator alone why.
package stranger
