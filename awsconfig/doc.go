// Package awsconfig makes signed calls to AWS services with the configuration
// that every AWS SDK reads: environment, profiles, roles and configured
// endpoints. Functions and AWS service integrations share it, and it is the only
// room that imports the SDK's configuration.
//
// A Call is a wire request; the Reply is the service's answer byte for byte,
// with whatever status. Endpoints come from AWS_ENDPOINT_URL_<SERVICE>, then the
// profile's services section, then AWS_ENDPOINT_URL or the profile's
// endpoint_url, then the public endpoint of the service and region.
//
// Credentials come from the SDK's chain, found at the first call and cached. An
// endpoint that is not AWS's own, such as an emulator, is called with
// placeholder credentials when there are none, and the machine's metadata
// service is not asked for its sake. Roles are assumed only when that is
// switched on.
//
// It promises bounded waits and sizes and no redirects. It refuses to retry:
// whether a call may be repeated is not its to know.
package awsconfig
