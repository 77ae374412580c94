// Package iam is the authorizer that checks AWS signatures: the authorization
// type AWS_IAM of routes of HTTP APIs and of $connect of WebSocket APIs.
//
// It promises that a request passes only if it was signed for execute-api with
// a key that the gateway knows, in the region and the account of the API, and
// that the key is not limited to other APIs. It tells who signed, in the members
// of $context.identity.
//
// It knows no IAM policies: whoever holds a key of the account may invoke, but
// for what the credentials file says of that key. It refuses Signature Version
// 4A, as AWS does.
package iam
