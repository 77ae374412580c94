package program

import "regexp"

// absent is how Node and Python say that a package is not there which Lambda's
// runtimes bring. Documented: AWS Lambda Developer Guide, Runtime-included SDK
// versions.
var absent = regexp.MustCompile(`Cannot find (?:module|package) '((?:@aws-sdk|@smithy)/[^'/]+|aws-sdk)|No module named '(boto3|botocore)['.]`)

// Hint is what to do about an error; "" when there is nothing to say.
func Hint(payload []byte) string {
	switch m := absent.FindSubmatch(payload); {
	case m == nil:
		return ""
	case len(m[1]) > 0:
		return "Lambda's runtime brings the AWS SDK, this machine does not: npm install " + string(m[1]) + " beside the function or above it"
	default:
		return "Lambda's runtime brings the AWS SDK, this machine does not: pip install " + string(m[2])
	}
}
