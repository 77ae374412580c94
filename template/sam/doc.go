// Package sam is the transform AWS::Serverless-2016-10-31: it turns a template with types
// of the AWS Serverless Application Model into plain CloudFormation, as AWS does before
// it looks at the template.
//
// It promises the resources, the logical ids and the faults of AWS's own transform, for
// HTTP APIs, WebSocket APIs, functions, layers and tables. What this gateway has no
// use for (state machines, REST APIs, events of other services) keeps logical ids that
// can be referred to, and a note says so. Each value knows where the one that it was made
// of stands.
//
// It evaluates no intrinsic function: only references to parameters, where AWS's
// transform looks through them to decide something. Places in a local folder stay texts:
// Code, Content and BodyS3Location are what "aws cloudformation package" reads.
package sam
