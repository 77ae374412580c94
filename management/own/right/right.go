package right

import "strings"

// Need is the right that a key needs for an operation.
type Need string

// The needs, each with those before it.
const (
	// Any key will do: the answer is made of nothing but the call, or gives no right that the key has not.
	Any Need = "any"
	// Reads: keys of every policy read.
	Reads Need = "read"
	// Deploys: what is below an API is written or deployed, an API that is there is called, or a
	// connection is posted to. Keys of the policy deployer may, and those that are read-only may not.
	Deploys Need = "deploy"
	// Full: whole APIs, domains, keys or plans are made or removed, or the gateway itself is changed.
	Full Need = "full"
)

// Whose says what an operation reads or changes.
type Whose string

// The owners.
const (
	// Caller: nothing that is stored, or what the same key has made.
	Caller Whose = "caller"
	// Account: what the caller's account has. What is another's is not there.
	Account Whose = "account"
	// Gateway: the process, for all accounts together. Keys of other accounts than the one that runs
	// it are refused.
	Gateway Whose = "gateway"
)

// Row is what is asked for one operation.
type Row struct {
	Name   string // nobody else's
	Method string
	Path   string // with labels, as in wire.Operation
	Need   Need
	Whose  Whose
}

// Of is the row of an operation's name. One that is in no row is for full keys of the account that runs
// the gateway: whoever adds an operation has to say otherwise, and not to remember to lock it.
func Of(name string) Row {
	for _, row := range table {
		if row.Name == name {
			return row
		}
	}
	return Row{Name: name, Need: Full, Whose: Gateway}
}

// Ours says whether a path is one of operations that stand in this table, and not of API Gateway's.
func Ours(path string) bool {
	// Lambda's and Prometheus' paths are outside: AWS's own of the API begin otherwise, with /v2/ and the
	// plural nouns of the older one.
	return strings.HasPrefix(path, "/_dragoman/") || path == "/metrics" || IsLambda(path)
}

// IsLambda says whether a path is one of Lambda's API.
// Documented: AWS Lambda API Reference: each path begins with the date of the API's version.
func IsLambda(path string) bool {
	return strings.HasPrefix(path, "/2015-03-31/functions") || strings.HasPrefix(path, "/2021-11-15/functions")
}
