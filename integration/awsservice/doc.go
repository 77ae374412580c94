// Package awsservice is the backend of integrations with AWS services. For
// WebSocket APIs it calls any action or path of a service that an integration
// URI names (Invoke); for HTTP APIs the ten first-class operations with their
// named parameters (Subtype).
//
// The wire requests are its own, signed by awsconfig, so that the service's
// answer is relayed and not re-made: SQS answers in XML because it is asked in
// the query protocol.
//
// It promises that a service which answers makes a Reply, whatever the status.
// It refuses to know the services' shapes beyond what the ten operations need.
package awsservice
