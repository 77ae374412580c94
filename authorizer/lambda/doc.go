// Package lambda is the authorizer that asks a Lambda function: REQUEST
// authorizers of HTTP APIs, in both payload versions, and of $connect of
// WebSocket APIs.
//
// It is handed the event and the means to invoke, reads the answer (a policy or
// a simple response) and judges the request by it. Policies are judged anew for
// each request, also when the answer came from the cache.
//
// It promises that a request without its identity sources is refused before a
// function is asked, that a function has a bounded time, and that no answer but
// a well-formed yes lets a request pass.
//
// It refuses to invoke functions and to build events, so that it needs neither
// network nor $context; and it does not evaluate conditions and variables in
// policies: a Deny with one denies, an Allow with one does not allow.
package lambda
