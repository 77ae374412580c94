package gateway

import (
	"cmp"
	"encoding/json"
	"path"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// function is a function with the resource that it comes from.
type function struct {
	Function
	r *resource
}

// function reads a function. Members that say how AWS runs it, and that nothing here
// follows, are left alone.
//
// Documented: CloudFormation Template Reference, AWS::Lambda::Function.
func (g *region) function(r *resource) {
	// Code that the CDK ships for its own custom resources would do nothing but tell of
	// accounts that are not there.
	if g.idle[r.PhysicalID] {
		return
	}
	f := &function{r: r, Function: Function{
		Origin: r.origin(), Region: g.name, Name: r.PhysicalID, Runtime: r.text("Runtime"), Handler: r.text("Handler"),
		Timeout: g.within(r, "Timeout", leastTimeout, mostTimeout, "seconds"), Memory: g.within(r, "MemorySize", leastMemory, mostMemory, "MB"), Aliases: map[string]string{},
		Logging: Logging{JSON: r.text("LoggingConfig", "LogFormat") == "JSON", Level: r.text("LoggingConfig", "ApplicationLogLevel"), Group: r.text("LoggingConfig", "LogGroup")},
	}}
	// Documented: CloudFormation Template Reference, AWS::Lambda::Function,
	// ReservedConcurrentExecutions: zero lets nobody in, which is not the same as leaving
	// it out.
	if r.get("ReservedConcurrentExecutions").There() {
		n := g.number(r, "ReservedConcurrentExecutions", 0)
		f.Reserved = &n
	}
	if all := r.get("Architectures").Items(); len(all) > 0 {
		f.Architecture = all[0].Text()
	}
	g.limits(r)
	f.Env = g.environment(r)
	f.Layers = g.layersOf(r)
	f.Build = g.buildOf(r)
	f.Code = g.code(r)
	if g.Handler != nil {
		if dir, handler, ok := g.Handler(f.Name); ok {
			f.Code = Code{Dir: dir}
			f.Handler = cmp.Or(handler, f.Handler)
		}
	}
	// Two regions may have a function of one name; here whoever calls it says the name
	// alone.
	if other := g.names[f.Name]; other != nil {
		g.note(r, "the function "+f.Name+" is there twice: that of "+other.LogicalID+" in the stack "+other.Stack+" is run")
		return
	}
	g.names[f.Name] = r
	g.functions = append(g.functions, f)
}

// number is a property that is a whole number, which may be written as text.
func (g *region) number(r *resource, name string, otherwise int) int {
	n := r.get(name)
	if n.Null() || n.Text() == "" && n.Len() == 0 {
		return otherwise
	}
	number, err := strconv.Atoi(strings.TrimSpace(n.Text()))
	if err != nil {
		g.fault(r, n, r.properties().Below(name), "expected a whole number, got "+strconv.Quote(short(n.Text())), "")
	}
	return number
}

func (g *region) environment(r *resource) map[string]string {
	variables, path := r.get("Environment", "Variables"), r.properties().Below("Environment").Below("Variables")
	if variables.Null() {
		return nil
	}
	env := make(map[string]string, variables.Len())
	for name, value := range variables.Members() {
		if value.IsObject() || value.IsList() {
			g.fault(r, value, path.Below(name), "the value of a variable is a text", "Fn::ToJsonString makes one of an object")
			continue
		}
		env[name] = value.Text()
	}
	g.small(r, variables, path, env)
	return env
}

// build is how SAM's Metadata says that code is made.
//
// Documented: AWS SAM Developer Guide, Building with Metadata: BuildMethod,
// BuildProperties.
func (g *region) buildOf(r *resource) *Build {
	method := r.Metadata.Get("BuildMethod").Text()
	if method == "" {
		return nil
	}
	// Documented: AWS SAM Developer Guide, Building Go Lambda functions with custom
	// runtimes: the method has the old runtime's name.
	if method == "go1.x" {
		method = "go"
	}
	b := &Build{Method: method, Target: cmp.Or(g.Authored[r.LogicalID], r.LogicalID)}
	// Observed: SAM keeps there the id by which its author knows the function, when the
	// resource has another one; targets are named by that.
	if id := r.Metadata.Get("SamResourceId").Text(); id != "" {
		b.Target = id
	}
	for name, value := range r.Metadata.Get("BuildProperties").Members() {
		if text, err := value.JSON(tree.Limits{Bytes: maxText}); err == nil {
			if b.Properties == nil {
				b.Properties = map[string]json.RawMessage{}
			}
			b.Properties[name] = text
		}
	}
	return b
}

// code finds the code of a function.
func (g *region) code(r *resource) Code {
	n, at := r.get("Code"), r.properties().Below("Code")
	switch {
	// Documented: CloudFormation Template Reference, AWS::Lambda::Function Code: ZipFile,
	// ImageUri, or a key in a bucket. Before it was packaged it may be the name of a
	// folder.
	case n.IsObject() && n.Get("ZipFile").There():
		text := n.Get("ZipFile").Text()
		return Code{Inline: text, FileName: inlineName(r.text("Runtime"), text)}
	case r.text("PackageType") == "Image" || n.Get("ImageUri").There():
		g.note(r, "a container image is not run here: start it and give --function "+r.PhysicalID+"=URL of where it answers Invoke, or =DIR to run its code from a folder")
	case n.IsObject():
		if name, ok := g.asset(n.Get("S3Key")); ok {
			return g.codeAt(r, n, at, name)
		}
		// Documented: AWS CDK Developer Guide, Assets in Lambda function code: Metadata
		// says where the local copy of an asset is.
		if asset := r.Metadata.Get("aws:asset:path"); asset.Text() != "" {
			return g.codeAt(r, n, at, beside(r, asset))
		}
		return Code{Object: g.object(r, n, at, codeNames, "its code", "name the folder as Code, or --function "+r.PhysicalID+"=DIR")}
	case n.Text() != "":
		return g.codeAt(r, n, at, beside(r, n))
	case r.Lacks("Code"):
	default:
		g.fault(r, r.Node, r.properties(), "Code is missing", "name the folder of the function's code")
	}
	return Code{}
}

// codeAt is code in a folder, or packed in a file.
func (g *region) codeAt(r *resource, n tree.Node, at *tree.Path, name string) Code {
	if strings.Contains(n.Text(), "://") {
		g.note(r, "its code is at "+short(n.Text())+", from where nothing is read: name the folder as Code, or --function "+r.PhysicalID+"=DIR")
		return Code{}
	}
	info, err := g.Files.Stat(name)
	if err != nil {
		g.fault(r, n, at, "there is no code at "+name+": "+whyNot(err, 0, 0), "paths are relative to the template's folder")
		return Code{}
	}
	switch extension := path.Ext(name); {
	case info.IsDir():
		return Code{Dir: name}
	case extension == ".zip" || extension == ".jar":
		return Code{Zip: name}
	}
	// Documented: aws cloudformation package: a single file is packed by itself.
	return Code{Dir: path.Dir(name)}
}

// inlineName is what Lambda calls the one file of code that stands in a template.
//
// Documented: CloudFormation Template Reference, AWS::Lambda::Function Code, ZipFile: a
// file named index.
func inlineName(runtime, code string) string {
	switch {
	case strings.HasPrefix(runtime, "python"):
		return "index.py"
	case esModule(runtime, code):
		return "index.mjs"
	}
	return "index.js"
}

// esModule says whether Node takes a file without an ending of its own for an ES module:
// from nodejs22.x on it looks whether there is syntax of one. The file is named so that
// an older Node on this machine does as well.
//
// Documented: Node.js documentation, Modules: Packages, Syntax detection (on since 22.7).
func esModule(runtime, code string) bool {
	version, ok := strings.CutPrefix(runtime, "nodejs")
	major, err := strconv.Atoi(strings.TrimSuffix(version, ".x"))
	if !ok || err != nil || major < 22 {
		return false
	}
	for line := range strings.Lines(code) {
		switch word, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " "); {
		case word == "export", word == "export{":
			return true
		case word == "import" && rest != "" && !strings.HasPrefix(rest, "("):
			return true
		}
	}
	return false
}

// functionName is the name in a name with or without a qualifier, or in an ARN.
func functionName(value string) string {
	// Documented: AWS Lambda API, Invoke, FunctionName: a name, a partial ARN or an ARN,
	// with a qualifier behind it.
	if _, name, ok := strings.Cut(value, ":function:"); ok {
		value = name
	}
	value, _, _ = strings.Cut(value, ":")
	return value
}

// functionOf finds the function that a value names.
func (g *region) functionOf(value string) *function {
	value = functionName(value)
	for _, f := range g.functions {
		if f.Name == value {
			return f
		}
	}
	return nil
}

// version, alias and eventInvoke belong to a function, one that is not here has none.

func (g *region) version(r *resource) {
	if f := g.functionOf(r.text("FunctionName")); f != nil {
		// Documented: CloudFormation Template Reference, AWS::Lambda::Version: Ref answers
		// the ARN, whose last part is the number.
		f.Versions = append(f.Versions, r.PhysicalID[strings.LastIndexByte(r.PhysicalID, ':')+1:])
	}
}

func (g *region) alias(r *resource) {
	if f := g.functionOf(r.text("FunctionName")); f != nil && r.text("Name") != "" {
		f.Aliases[r.text("Name")] = r.text("FunctionVersion")
	}
}

func (g *region) eventInvoke(r *resource) {
	f := g.functionOf(r.text("FunctionName"))
	if f == nil {
		return
	}
	// Documented: CloudFormation Template Reference, AWS::Lambda::EventInvokeConfig: it is
	// for one version or alias. Zero retries are a setting, so what is left out is kept
	// apart from it.
	e := EventInvoke{Qualifier: r.text("Qualifier"), OnSuccess: r.text("DestinationConfig", "OnSuccess", "Destination"), OnFailure: r.text("DestinationConfig", "OnFailure", "Destination")}
	for name, into := range map[string]**int{"MaximumRetryAttempts": &e.Retries, "MaximumEventAgeInSeconds": &e.MaxAge} {
		if r.get(name).There() {
			n := g.number(r, name, 0)
			*into = &n
		}
	}
	f.Events = append(f.Events, e)
}
