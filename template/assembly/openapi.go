package assembly

import (
	"path"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// openapi makes a stack of an OpenAPI document: an API with its paths, and the stage
// $default, which follows it.
func (f *finder) openapi(name string, root tree.Node) {
	at := root.InFile(name)
	text := func(s string) tree.Node { return tree.Text(s).From(at) }
	object := func() tree.Node { return tree.Object().From(at) }
	id := logicalID(strings.TrimSuffix(path.Base(name), path.Ext(name)))
	api := object().Set("Type", text("AWS::ApiGatewayV2::Api")).
		Set("Properties", object().Set("BodyS3Location", text(path.Base(name))))
	// Documented: Amazon API Gateway Developer Guide, Working with stages for HTTP APIs:
	// $default is served from the root of the API's address, and automatic deployment lets
	// a change of the file be seen.
	stage := object().Set("Type", text("AWS::ApiGatewayV2::Stage")).
		Set("Properties", object().Set("ApiId", object().Set("Ref", text(id))).Set("StageName", text("$default")).Set("AutoDeploy", tree.Bool(true).From(at)))
	template := object().Set("Resources", object().Set(id, api).Set(id+"Stage", stage))
	stack := f.o.StackName
	if stack == "" {
		stack = f.folderName(path.Dir(name))
	}
	f.add(Stack{Name: stack, Template: template}, id)
}

// logicalID makes a logical id of the name of a file.
func logicalID(name string) string {
	// Documented: CloudFormation User Guide, Resources: logical ids are letters and digits
	// alone.
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
	if id == "" {
		return "Api"
	}
	return id
}
