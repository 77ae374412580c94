// Package function invokes Lambda functions by ARN or name, through the Lambda
// Invoke API as a signed request of its own. It is what the Lambda integrations
// and the Lambda authorizers share.
//
// Where a function lives is decided in this order: the map of functions that the
// gateway was started with, the AWS configuration's endpoint for Lambda, the
// public endpoint of the function's region.
//
// It promises bounded time and size, pooled connections, and that the function's
// answer comes back byte for byte. It refuses to interpret that answer.
package function
