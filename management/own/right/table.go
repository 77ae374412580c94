package right

import "slices"

// Table is all rows.
func Table() []Row { return slices.Clone(table) }

// table is in the order of docs/own-operations.md. A test of management/plane holds it against the
// operations that there are, and conformance calls each with keys of every kind.
var table = []Row{
	// Records of exchanges. What is recorded costs all who share the process, so that a choice of it is
	// no deployer's; a message that is sent again is like one that a client sends.
	{"GetTap", "GET", "/_dragoman/tap", Reads, Account},
	{"PutTap", "PUT", "/_dragoman/tap", Full, Account},
	{"GetTraces", "GET", "/_dragoman/traces", Reads, Account},
	{"FollowTraces", "GET", "/_dragoman/traces/stream", Reads, Account},
	{"GetTrace", "GET", "/_dragoman/traces/{id}", Reads, Account},
	{"ReplayTrace", "POST", "/_dragoman/traces/{id}/replay", Deploys, Account},

	// Who is let in. An authorizer that is tried has its function invoked, as by a client.
	{"GetDecisions", "GET", "/_dragoman/decisions", Reads, Account},
	{"TestAuthorizer", "POST", "/_dragoman/authorizers/test", Deploys, Account},
	{"GetKeyUsage", "GET", "/_dragoman/usage", Reads, Account},
	{"TestDomain", "GET", "/_dragoman/domains/test", Reads, Account},

	// How APIs are doing.
	{"GetHome", "GET", "/_dragoman/home", Reads, Account},
	{"GetPicture", "GET", "/_dragoman/apis/{apiId}/picture", Reads, Account},
	{"GetDifferences", "GET", "/_dragoman/differences", Reads, Account},
	{"GetMetrics", "GET", "/_dragoman/metrics", Reads, Account},
	// Series have names of all accounts' APIs.
	{"ScrapeMetrics", "GET", "/metrics", Reads, Gateway},
	{"GetRegions", "GET", "/_dragoman/regions", Reads, Account},
	// Of the gateway, but for what is left out of it for other accounts: a console asks it.
	{"GetSettings", "GET", "/_dragoman/settings", Reads, Account},
	{"GetFleet", "GET", "/_dragoman/fleet", Reads, Gateway},

	// Connections, and a client for browsers, which calls APIs as any other client may.
	{"ListConnections", "GET", "/_dragoman/connections", Reads, Account},
	{"PostToConnections", "POST", "/_dragoman/connections", Deploys, Account},
	{"PostToConnection", "POST", "/_dragoman/connections/{connectionId}", Deploys, Account},
	{"DeleteConnection", "DELETE", "/_dragoman/connections/{connectionId}", Deploys, Account},
	{"ResolveAddress", "GET", "/_dragoman/client", Reads, Account},
	{"OpenClient", "POST", "/_dragoman/client", Deploys, Account},
	{"ReadClient", "GET", "/_dragoman/client/{clientId}/stream", Reads, Caller},
	{"WriteClient", "POST", "/_dragoman/client/{clientId}/messages", Deploys, Caller},
	{"CloseClient", "DELETE", "/_dragoman/client/{clientId}", Deploys, Caller},
	{"SendRequest", "POST", "/_dragoman/client/request", Deploys, Account},

	// Functions that run here, and what they print: they belong to the account that runs the gateway,
	// and to others there are none.
	{"GetLocalFunctions", "GET", "/_dragoman/functions", Reads, Account},
	{"GetLocalFunction", "GET", "/_dragoman/functions/{functionName}", Reads, Account},
	{"GetFunctionLogs", "GET", "/_dragoman/functions/{functionName}/logs", Reads, Account},
	{"FollowFunctionLogs", "GET", "/_dragoman/functions/{functionName}/logs/stream", Reads, Account},
	{"GetLogs", "GET", "/_dragoman/logs", Reads, Account},
	{"FollowLogs", "GET", "/_dragoman/logs/stream", Reads, Account},
	{"GetSampleEvents", "GET", "/_dragoman/events", Reads, Account},

	// Lambda's API. What a function does is not known here, so that whoever invokes it needs to be
	// allowed everything.
	{"ListFunctions", "GET", "/2015-03-31/functions", Reads, Account},
	{"GetFunction", "GET", "/2015-03-31/functions/{FunctionName}", Reads, Account},
	{"GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration", Reads, Account},
	{"Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations", Full, Account},
	{"InvokeWithResponseStream", "POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", Full, Account},

	// The configuration as a whole: documents make and remove APIs, domains, keys and plans. One that is
	// imported into an API that is there changes what is below it.
	{"ExportConfiguration", "GET", "/_dragoman/configuration", Reads, Account},
	{"ImportConfiguration", "PUT", "/_dragoman/configuration", Full, Account},
	{"ApplyConfiguration", "POST", "/_dragoman/configuration", Full, Account},
	{"MergeConfiguration", "PATCH", "/_dragoman/configuration", Full, Account},
	{"ResetConfiguration", "POST", "/_dragoman/reset", Full, Account},
	{"GetFaults", "GET", "/_dragoman/fault", Reads, Gateway},
	{"ReplaceFaults", "PUT", "/_dragoman/fault", Full, Gateway},
	{"RemoveFaults", "DELETE", "/_dragoman/fault", Full, Gateway},
	{"ImportDocument", "PUT", "/_dragoman/apis", Full, Account},
	{"ReimportDocument", "PUT", "/_dragoman/apis/{apiId}", Deploys, Account},

	// What is worked out of the question alone.
	{"EvaluateTemplate", "POST", "/_dragoman/evaluate/template", Any, Caller},
	{"EvaluateJSONPath", "POST", "/_dragoman/evaluate/jsonpath", Any, Caller},
	{"EvaluateSelection", "POST", "/_dragoman/evaluate/selection", Any, Caller},
	{"EvaluateParameters", "POST", "/_dragoman/evaluate/parameters", Any, Caller},
	{"EvaluatePattern", "POST", "/_dragoman/evaluate/pattern", Any, Caller},
	{"EvaluateSchema", "POST", "/_dragoman/evaluate/schema", Any, Caller},
	{"EvaluateResponse", "POST", "/_dragoman/evaluate/response", Any, Caller},

	// A code is as much as the key that asks for it; a session is opened by a code, whose key may do
	// nothing else, whatever its policy says.
	{"CreateConsoleCode", "POST", "/_dragoman/console/code", Any, Caller},
	{"CreateConsoleSession", "POST", "/_dragoman/console/session", Full, Caller},
}
