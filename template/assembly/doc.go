// Package assembly finds templates and what they are deployed with: files that are named
// or lie in a folder, cloud assemblies of the CDK, folders that the Serverless Framework
// has packaged, OpenAPI documents, documents of our own, and samconfig.toml.
//
// It promises that what it looked for is told when it finds nothing, and that faults of
// what it reads have their file and line. It judges no template: it only tells what sort
// of file something is.
package assembly
