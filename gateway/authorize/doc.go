// Package authorize makes the authorizers that routes ask for and puts questions
// to them: JWT, Lambda and AWS_IAM on HTTP APIs, Lambda and AWS_IAM at $connect
// of WebSocket APIs, and where the gateway was told to all of them for each message. It holds what both planes share: the caches of results, the
// keys of issuers, the form of ARNs and of identity sources.
//
// It promises that a route which asks for an authorizer is never open: a broken
// or unknown configuration becomes an authorizer that refuses everybody. What is
// made for a route is made when its stage comes to be served.
package authorize
