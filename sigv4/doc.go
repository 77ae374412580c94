// Package sigv4 signs and verifies AWS Signature Version 4: for the management
// API, for @connections, for AWS_IAM routes, and for the calls that the gateway
// itself makes to AWS services.
//
// Signing has two forms, headers and a presigned query. Verifying has a first
// half that needs no key, Parse, which tells the access key, the region and the
// service that a request names, and a second, Verifier, which answers who signed
// it or a typed *Error with AWS's exception name and text: Head of all that needs
// no body, so that nothing need be read for who cannot have signed, then Body.
//
// It promises constant-time comparison, that every wait and table is bounded,
// that no error tells a secret, and that a request which cannot be judged is
// refused. The path is taken as it was received and encoded once more, as every
// service but S3 does.
//
// It refuses Signature Version 4A, chunked (STREAMING-…) payloads and HMACs
// older than version 4. What the signer may then do is not its business.
//
// Specification: "AWS Signature Version 4 for API requests" in the IAM User
// Guide.
package sigv4
