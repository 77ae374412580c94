// Package credential holds the access keys that signed requests are verified
// against: the same keys serve the management API, @connections and AWS_IAM
// routes.
//
// Keys come from a file in the format of AWS's shared credentials file, with
// four members of our own per profile:
//
//	[deploy]
//	aws_access_key_id     = AKIAEXAMPLE
//	aws_secret_access_key = …
//	aws_session_token     = …            # optional: requests must then carry it
//	dragoman_account      = 123456789012 # optional, aws_account_id works too
//	dragoman_policy       = read-only    # optional: read-only, deployer or full
//	dragoman_apis         = a1b2, c3d4   # optional: only these APIs
//
// It promises that a broken file refuses the start, that a file broken later
// changes nothing but is reported, and that a secret is never printed: not by
// fmt, not by slog, not by encoding/json, not in an error.
//
// It refuses to know what a signature is; see package sigv4.
package credential
