// Package conformance drives a whole gateway the way its users do: through the
// AWS SDK for Go, boto3, the AWS CLI and real WebSocket clients.
package conformance
