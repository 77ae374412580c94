// Package trace tells OpenTelemetry what became of exchanges: a span for every
// request, handshake, message and disconnection, and one below it for each call
// of a backend. Like logs and metrics it learns of both from the steps of an exchange.
//
// The usual OTEL_ variables switch it on and say where spans go (OTLP over HTTP),
// how many are kept and what the service is called. A trace is continued from
// traceparent (W3C Trace Context), else from X-Amzn-Trace-Id, and goes on to
// backends in both. Ids begin with the time, as X-Ray wants them.
//
// It promises that exchanges do not wait for a collector: spans are queued, and
// dropped when the queue is full. Switched off it is nil and costs nothing.
package trace
