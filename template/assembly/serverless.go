package assembly

import (
	"path"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// What the Serverless Framework leaves in .serverless.
const (
	serverlessTemplate = "cloudformation-template-update-stack.json"
	serverlessState    = "serverless-state.json"
)

// serverless takes what the Serverless Framework has packaged. Functions run in the folder
// of the service, so that a handler that is saved is served: not from the zip.
func (f *finder) serverless(folder string) string {
	if !f.has(folder, serverlessTemplate) {
		f.fault(folder, "there is no "+serverlessTemplate, "serverless package makes it")
		return ""
	}
	name := path.Join(folder, serverlessTemplate)
	text, ok := f.read(name)
	if !ok {
		return ""
	}
	root, faults := source.Read(name, text)
	f.Faults = append(f.Faults, faults...)
	state, ok := f.json(path.Join(folder, serverlessState))
	if !root.There() || !ok {
		return ""
	}
	// The state is the service as the framework has resolved it, variables and all: its
	// own files may be TypeScript and name plugins, which are not run.
	service, provider := state.Get("service"), state.Get("service", "provider")
	f.service(path.Dir(folder), root, state)
	s := Stack{Name: f.o.StackName, Region: provider.Get("region").Text(), Template: root}
	// Documented: Serverless Framework, AWS Infrastructure Resources: the stack is called
	// SERVICE-STAGE unless provider.stackName says otherwise.
	if s.Name == "" {
		s.Name = provider.Get("stackName").Text()
	}
	if s.Name == "" {
		s.Name = service.Get("service").Text() + "-" + provider.Get("stage").Text()
	}
	f.add(s, "serverless")
	return folder + " (Serverless Framework)"
}

// service notes where the code of a service is, by the names of its functions and by the
// keys that its template looks for in the bucket of deployments.
func (f *finder) service(folder string, template, state tree.Node) {
	for _, function := range state.Get("service", "functions").Members() {
		if name := function.Get("name").Text(); name != "" {
			f.handlers[name] = Handler{folder, function.Get("handler").Text()}
		}
	}
	layers := state.Get("service", "layers")
	for _, r := range template.Get("Resources").Members() {
		if r.Get("Type").Text() == "AWS::Lambda::Function" {
			if key := r.Get("Properties", "Code", "S3Key").Text(); key != "" {
				f.assets[key] = folder
			}
		}
	}
	// Documented: Serverless Framework, AWS Layers: the path is a folder of the service,
	// which is packed into NAME.zip.
	for name, layer := range layers.Members() {
		if at := layer.Get("path").Text(); at != "" {
			f.assets[name+".zip"] = path.Join(folder, strings.TrimSuffix(at, "/"))
		}
	}
}
