// Package template finds what is to be run here, and reads it: templates of
// CloudFormation and SAM, assemblies of the CDK, folders that the Serverless Framework
// has packaged, OpenAPI documents, and our own.
//
// It is pure: it reads files through the Files that it is handed alone, and runs
// nothing. The same files and options give the same result, byte for byte.
package template
