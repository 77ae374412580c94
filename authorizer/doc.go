// Package authorizer is the contract of those who say whether a request may
// pass: a JSON Web Token (jwt), a Lambda function (lambda) or an AWS signature
// (iam). HTTP APIs ask them for each request, WebSocket APIs for $connect.
//
// It holds what they share: the request as an authorizer sees it, the decision,
// the identity sources that a decision is made from, and the cache of results.
//
// An authorizer that cannot decide refuses: no path leads from an error, a
// timeout or an answer of an unknown shape to Allow, and the zero Decision is a
// refusal. It refuses to answer clients: the planes (httpapi, wsapi) word the
// status and the body.
package authorizer
