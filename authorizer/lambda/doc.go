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
// network nor $context. Of a policy it evaluates the conditions that a gateway
// can know of (address, time, user agent, referer, TLS); with others, and with
// variables, a Deny denies and an Allow does not allow.
package lambda
