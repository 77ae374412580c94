// Package lambda is the part of Lambda's API that this gateway speaks for the functions that
// run on this machine: Invoke, InvokeWithResponseStream, and what waiters and tools ask of a
// function.
//
// It promises that SDKs and the AWS CLI meet Lambda's own statuses, headers and exceptions,
// and that an error of a function is an answer. It refuses to run anything itself: whoever
// runs functions is handed in.
package lambda
