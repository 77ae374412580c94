// Package lambda is the backend of Lambda integrations: it hands the body of a
// Request to a function and gives what the function said as a Reply.
//
// It promises the function's payload byte for byte and FunctionError when the
// function failed. It refuses to build events or to read proxy responses: those
// are languages, and differ by protocol and payload version.
package lambda
