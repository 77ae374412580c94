package assembly

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// Files reads files and folders; names have slashes.
type Files interface {
	ReadFile(name string) ([]byte, error)
	Stat(name string) (fs.FileInfo, error)
}

// Options say what is looked for.
type Options struct {
	Paths     []string // files and folders; none: the present folder
	Folder    string   // what the present folder is called
	StackName string   // "" for what files say, and else the folder's
	Region    string   // "" for what files say
	Account   string
	ConfigEnv string // of samconfig.toml; "" for default
}

// Found is what was found.
type Found struct {
	Took     string // what it was, in one line
	Stacks   []Stack
	Document string // a document of our own, which stands alone; "" for none
	Text     []byte // of Document
	Made     string // folder that a tool makes and that was taken; "" for none
	Partial  bool   // something of Made is missing or broken off, as while it is made
	Files    []string
	Faults   []source.Fault
	Unread   []string       // templates of which nothing could be read, as Faults tell
	Notes    []source.Fault // what the user may want to know

	// assets are files and folders by the keys that templates look for in buckets, or by
	// the last part of such.
	assets map[string]string
	// handlers are what services say of their functions, by name.
	handlers map[string]Handler
}

// Stack is a template with what it is deployed with.
type Stack struct {
	Name            string
	Region, Account string // "" for the user's
	Template        tree.Node
	Parameters      map[string]string
}

// Handler is where a function of a service runs.
type Handler struct {
	Dir     string
	Handler string // "" for that of the template
}

// Asset finds what a template looks for in S3. Buckets mean nothing: their names are
// made of accounts and regions.
func (f *Found) Asset(key string) (name string, ok bool) {
	if name, ok = f.assets[key]; !ok {
		name, ok = f.assets[path.Base(key)]
	}
	return name, ok
}

// Handler is what a service says of the function of a name.
func (f *Found) Handler(name string) (h Handler, ok bool) {
	h, ok = f.handlers[name]
	return h, ok
}

// templates are the names of templates that are looked for, in this order.
var templates = []string{"template.yaml", "template.yml", "template.json", "template.template"}

// others are what is looked for after assemblies.
var others = []string{"openapi.yaml", "openapi.yml", "openapi.json", "dragoman.yaml", "dragoman.yml"}

// Find finds what is to be run.
func Find(files Files, o Options) *Found {
	f := &finder{Files: files, o: o, names: map[string]bool{}, Found: &Found{assets: map[string]string{}, handlers: map[string]Handler{}}}
	paths := o.Paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var took []string
	// One that is nothing keeps none of the others from being found: all that is wrong is
	// told at once.
	for _, p := range paths {
		if what := f.take(path.Clean(filepath.ToSlash(p))); what != "" {
			took = append(took, what)
		}
	}
	f.Took = strings.Join(took, ", ")
	// It replaces the whole configuration, so anything beside it would be undone or undo
	// it.
	if f.Document != "" && (len(f.Stacks) > 0 || len(paths) > 1) {
		f.fault(f.Document, "a document of our own is the whole configuration: it cannot be read beside others", "give it alone")
	}
	return f.Found
}

// finder collects what is found.
type finder struct {
	Files
	*Found
	o     Options
	names map[string]bool // of stacks
}

func (f *finder) fault(file, message, hint string) {
	f.Faults = append(f.Faults, source.Fault{File: file, Message: message, Hint: hint})
}

// is tells files and folders apart, and from what is not there.
func (f *finder) is(name string) (file, folder bool) {
	info, err := f.Stat(name)
	return err == nil && !info.IsDir(), err == nil && info.IsDir()
}

// maxFile is how long a file may be that is looked into; those that know what it is
// have bounds of their own.
const maxFile = 16 << 20

// read reads a file, which is among those that are watched.
func (f *finder) read(name string) ([]byte, bool) {
	// Even one that cannot be read: it may come to be, or be mended.
	if !slices.Contains(f.Found.Files, name) {
		f.Found.Files = append(f.Found.Files, name)
	}
	if info, err := f.Stat(name); err == nil && info.Size() > maxFile {
		f.fault(name, "the file has "+strconv.FormatInt(info.Size(), 10)+" bytes, more than "+strconv.Itoa(maxFile), "")
		return nil, false
	}
	text, err := f.ReadFile(name)
	if err != nil {
		f.fault(name, "the file cannot be read: "+why(err), "")
	}
	return text, err == nil
}

func why(err error) string {
	if wrong, ok := err.(*fs.PathError); ok {
		return wrong.Err.Error()
	}
	return err.Error()
}

// take takes a file or folder that was named, and tells what it was.
func (f *finder) take(name string) (what string) {
	switch file, folder := f.is(name); {
	case file:
		return f.file(name)
	case folder && path.Base(name) != ".serverless" && !f.has(name, "manifest.json"):
		return f.look(name)
	case folder:
		return f.assembly(name)
	}
	f.fault(name, "there is no such file or folder", "")
	return ""
}

func (f *finder) has(folder, name string) bool {
	file, _ := f.is(path.Join(folder, name))
	return file
}

// assembly takes a folder that a tool has made.
func (f *finder) assembly(folder string) string {
	f.Made = folder
	before := len(f.Faults)
	defer func() { f.Partial = f.Partial || len(f.Faults) > before }()
	if path.Base(folder) == ".serverless" {
		return f.serverless(folder)
	}
	return f.cdk(folder)
}

// look looks for something in a folder.
func (f *finder) look(folder string) string {
	// Documented: AWS SAM Developer Guide, sam build, --template-file: template.yaml, .yml
	// or .json of the folder. What an author writes comes before what tools have made of
	// something else, and these before documents that are often there for other readers.
	for _, name := range templates {
		if f.has(folder, name) {
			return f.file(path.Join(folder, name))
		}
	}
	// Documented: AWS SAM Developer Guide, AWS SAM CLI configuration file: template_file,
	// where the template has a name of its own.
	if config := f.samconfig(folder); config.template != "" {
		name := path.Join(folder, config.template)
		if text, ok := f.read(name); ok {
			return f.template(name, text, config)
		}
		return ""
	}
	for _, name := range []string{"cdk.out", ".serverless"} {
		if _, there := f.is(path.Join(folder, name)); there {
			return f.assembly(path.Join(folder, name))
		}
	}
	for _, name := range others {
		if f.has(folder, name) {
			return f.file(path.Join(folder, name))
		}
	}
	hint := "name a template, or a folder that has one; dragoman init FOLDER lays an example"
	switch {
	// Nothing is run to make an assembly: a project's own code is for its own tools.
	case f.has(folder, "cdk.json"):
		hint = "cdk synth makes cdk.out, which is read"
	case f.has(folder, "serverless.yml"), f.has(folder, "serverless.yaml"), f.has(folder, "serverless.json"), f.has(folder, "serverless.ts"), f.has(folder, "serverless.js"):
		hint = "serverless package makes .serverless, which is read"
	}
	f.fault(folder, "nothing to run was found: neither template.yaml (.yml, .json, .template), a template_file in samconfig.toml, cdk.out, .serverless, openapi.yaml (.yml, .json), nor dragoman.yaml (.yml)", hint)
	return ""
}

// file takes a file by what it holds.
func (f *finder) file(name string) string {
	text, ok := f.read(name)
	if !ok {
		return ""
	}
	// What can be read of a text that is broken tells what it was meant to be; the faults
	// are told by who reads such files.
	root, _ := tree.ParseAll(text)
	switch {
	// The line that says so may be what is broken.
	case root.Get("dragoman").There(), root.Holed() && root.Get("regions").There() && !root.Get("Resources").There():
		f.Document, f.Text = name, text
		return name + " (a document of our own)"
	// OpenAPI Specification, OpenAPI Object: the member openapi is required, as swagger
	// was in version 2.
	case root.Get("openapi").There() || root.Get("swagger").There(), root.Holed() && root.Get("paths").There() && !root.Get("Resources").There():
		f.openapi(name, root)
		return name + " (OpenAPI)"
	case path.Base(name) == "manifest.json" && root.Get("artifacts").There():
		return f.assembly(path.Dir(name))
	case !root.Get("Resources").There() && root.Get("service").There() && root.Get("provider").There():
		f.fault(name, "this is what the Serverless Framework is configured by", "serverless package makes .serverless, which is read")
		return ""
	}
	return f.template(name, text, f.samconfig(path.Dir(name)))
}

// template takes a template, with what samconfig.toml says of it.
func (f *finder) template(name string, text []byte, config samconfig) string {
	root, ok := f.parsed(name, text)
	if !ok {
		return ""
	}
	s := Stack{Name: f.o.StackName, Region: config.region, Template: root, Parameters: config.parameters}
	// What the user says counts before what files say, and a folder's name is better than
	// one for all: physical names and ids are made of it.
	if s.Name == "" {
		s.Name = config.stack
	}
	if s.Name == "" {
		s.Name = f.folderName(path.Dir(name))
	}
	f.add(s, strings.TrimSuffix(path.Base(name), path.Ext(name)))
	if isSAM(root) {
		return name + " (SAM)"
	}
	return name + " (CloudFormation)"
}

// parsed is what a template says, as far as it can be read.
func (f *finder) parsed(name string, text []byte) (tree.Node, bool) {
	root, faults := source.Read(name, text)
	f.Faults = append(f.Faults, faults...)
	if !root.There() {
		f.Unread = append(f.Unread, name)
	}
	return root, root.There()
}

// isSAM goes by the types too: many templates carry no Transform line.
func isSAM(root tree.Node) bool {
	for _, name := range append(root.Get("Transform").Items(), root.Get("Transform")) {
		if strings.HasPrefix(name.Text(), "AWS::Serverless-") {
			return true
		}
	}
	for _, r := range root.Get("Resources").Members() {
		if strings.HasPrefix(r.Get("Type").Text(), "AWS::Serverless::") {
			return true
		}
	}
	return false
}

// add adds a stack. Two that have one name would have the same ids: the second is told
// apart by its file.
func (f *finder) add(s Stack, file string) {
	s.Name = stackName(s.Name)
	if f.names[s.Name] {
		s.Name = stackName(s.Name + "-" + file)
	}
	f.names[s.Name] = true
	// A region that was asked for holds for all: whoever names it has one in mind.
	if f.o.Region != "" {
		s.Region = f.o.Region
	}
	f.Stacks = append(f.Stacks, s)
}

// folderName is what a folder is called.
func (f *finder) folderName(folder string) string {
	switch base := path.Base(folder); {
	case base != "." && base != ".." && base != "/":
		return base
	case f.o.Folder != "":
		return f.o.Folder
	}
	return "stack"
}

// stackName makes a name that a stack may have.
// Documented: CloudFormation API Reference, CreateStack, StackName: letters, digits and
// hyphens, beginning with a letter, at most 128.
func stackName(name string) string {
	const most = 128
	var b strings.Builder
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		switch {
		case b.Len() == most:
		case b.Len() == 0 && !letter:
			b.WriteByte('s')
			if r >= '0' && r <= '9' {
				b.WriteRune(r)
			}
		case letter || r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return "stack"
	}
	return b.String()
}
