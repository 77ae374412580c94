package template

import (
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// Files reads files and folders.
type Files interface {
	gateway.Files
	// Real is the way to a file without links, absolute or relative as names are; that
	// of a file which is not there may have some. The same file has the same way.
	Real(name string) string
}

// Options say what is read, and what templates cannot know. The zero value of a
// member is its default.
type Options struct {
	// Paths are files and folders. Without any it looks in the folder where the user is, in
	// this order: template.yaml, .yml, .json and .template; the template_file of
	// samconfig.toml; cdk.out; .serverless; openapi.yaml, .yml and .json; dragoman.yaml and
	// .yml.
	Paths []string

	StackName  string            // of samconfig.toml, an assembly or a service, else the folder's
	Folder     string            // what a folder is called whose path does not say: "stack"
	Region     string            // us-east-1
	Account    string            // 000000000000
	Parameters map[string]string // of the user: they win over all that files say
	ConfigEnv  string            // of samconfig.toml: default

	// Address is where {protocol}://{apiID}.execute-api.{region}.amazonaws.com is served,
	// protocol being "https" or "wss"; nil leaves such addresses as they are.
	Address func(protocol, apiID string) string

	// Lookup answers variables of the environment, for dynamic references; nil for none.
	Lookup func(name string) (value string, ok bool)

	// Elsewhere answers Ref and attributes (attribute is "Ref", or one that GetAtt answers) of resources that other services
	// have made; ok is false for those that they have not. nil for none.
	Elsewhere func(stack, logicalID, attribute string) (value string, ok bool)

	// HandedOn says that other services make what is not served here, so that what it says
	// has to be whole.
	HandedOn bool

	// Object answers what a template cannot be read without and has in S3: an OpenAPI
	// document, or what AWS::Include names and no file here is. ok is false for what has not
	// been fetched, which is then among the Wanted, and faults may follow from its absence.
	// nil: nothing is had from S3, neither documents nor code.
	Object func(gateway.Object) (text []byte, ok bool)

	// Complete replaces what stands for variables and files in a document of our own, and
	// tells of what it cannot; nil leaves them as they are.
	Complete func(document string, root tree.Node) []*tree.Error

	MaxTemplate int // characters of a mapping template; 0 for AWS's
}

// Parameter is a parameter of a template that has no value.
type Parameter struct {
	Stack, Name, Type, Description string
	Secret                         bool // NoEcho: what is typed is not to be seen
}

// Loaded is what Load answers.
type Loaded struct {
	gateway.Result
	Took    string      // what was read, in one line for the user: "template.yaml (SAM)"
	Own     tree.Node   // a document of our own, completed, with the lines of its file; none of anything else
	Made    string      // folder that a tool makes, where it was read from: cdk.out, .serverless
	Partial bool        // something of Made is missing or broken off, as while it is made
	Missing []Parameter // each of which is among the Faults too
}
