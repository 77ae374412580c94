package gateway

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/evaluate"
	"github.com/dragoman-gateway/dragoman/template/naming"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// Files reads files and folders. Names have slashes; they are relative to where the
// user is, or absolute, and may begin with "..": a template is the user's own, and
// may name a folder beside it. Errors are those of package os.
type Files interface {
	ReadFile(name string) ([]byte, error)
	Stat(name string) (fs.FileInfo, error) // of what a link leads to
}

// Options say what templates cannot know.
type Options struct {
	Files   Files
	Account string // 12 digits

	// Asset finds the folder or file of code that a template looks for in S3 under a key,
	// as assemblies have it; ok is false for what it does not know. nil for none.
	Asset func(key string) (name string, ok bool)

	// Handler tells where a function of a service runs, and its handler, "" for that of
	// its template; ok is false for one that it does not know. nil for none.
	Handler func(function string) (dir, handler string, ok bool)

	// Address is where {protocol}://{apiID}.execute-api.{region}.amazonaws.com is served; nil
	// leaves addresses as they are.
	Address func(protocol, apiID string) string

	// Object answers an OpenAPI document in S3; ok is false for one that has not been
	// fetched. nil: nothing is had from S3.
	Object func(Object) (text []byte, ok bool)

	// Authored are the logical ids that templates have for what SAM has given another one.
	Authored map[string]string

	MaxTemplate int // characters of a mapping template; 0 for AWS's

	// Told are faults that were told of resources already, by the paths that they have here.
	// What only follows from them is not told.
	Told []source.Fault
	// Wrong says that something is wrong with a resource, which is told by a path that is none
	// of its own. nil: of none.
	Wrong func(evaluate.Resource) bool
	// Partial says that resources may be missing of which nothing is known: that others
	// name something that is not here is then no fault of theirs.
	Partial bool
}

// Region is what belongs to one region.
type Region struct {
	Name      string
	Resources []evaluate.Resource
	Outputs   []evaluate.Output
}

// Compile makes a result of resources. Regions are in any order; a name is there once.
func Compile(regions []Region, o Options) *Result {
	b := newBuilder(o)
	regions = slices.Clone(regions)
	slices.SortFunc(regions, func(x, y Region) int { return cmp.Compare(x.Name, y.Name) })
	all := tree.Object()
	// By name, so that the same templates give the same bytes whatever order they came in.
	for i := range regions {
		r := newRegion(b, &regions[i])
		r.build()
		all.SetFilled(regions[i].Name, r.document())
	}
	b.write(all)
	// Whoever mends a template goes through it from its top.
	slices.SortStableFunc(b.result.Faults, func(x, y source.Fault) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return b.result
}

// builder is what all regions share.
type builder struct {
	Options
	result *Result
	spots  map[string]spot      // what stands at a path of the document
	wrong  map[string]bool      // resources that have a fault already
	vague  map[string]bool      // those of them of which nobody knows in what
	lacks  map[string]bool      // kinds of parts of which one may be meant that has a fault
	hollow map[string]bool      // ids of APIs of which too little is known to judge what is below them
	read   map[string]bool      // files that are in the result
	names  map[string]*resource // of functions: whoever calls one says its name alone
	holes  []source.Fault       // places in OpenAPI documents where members could not be read
	bodies map[string]string    // files with the OpenAPI documents of APIs, by resource
}

func newBuilder(o Options) *builder {
	return &builder{Options: o, result: &Result{}, spots: map[string]spot{}, wrong: map[string]bool{}, vague: map[string]bool{}, lacks: map[string]bool{}, hollow: map[string]bool{}, read: map[string]bool{}, names: map[string]*resource{}, bodies: map[string]string{}}
}

// resource is one of a template.
type resource struct{ evaluate.Resource }

// key tells a resource from all others.
func (r *resource) key() string { return r.Stack + "/" + r.LogicalID }

// id is one of so many letters for something that it makes.
func (r *resource) id(purpose string, length int) string {
	return naming.Resource{Stack: r.Stack, LogicalID: r.LogicalID}.ID(purpose, length)
}

// properties is the way to its properties.
func (r *resource) properties() *tree.Path { return r.path().Below("Properties") }

func (r *resource) path() *tree.Path {
	var path *tree.Path
	for name := range strings.SplitSeq(r.Path, ".") {
		path = path.Below(name)
	}
	return path
}

func (r *resource) origin() Origin {
	return Origin{Stack: r.Stack, LogicalID: r.LogicalID, File: r.Node.File(), Line: r.Node.Line()}
}

// get is a property.
func (r *resource) get(path ...string) tree.Node { return r.Properties.Get(path...) }

// text is a property that is a text, "" when it is not there.
func (r *resource) text(path ...string) string { return r.get(path...).Text() }

// maxFaults is how many are told: who has more of them has one cause.
const maxFaults = 100

// fault tells what is wrong with a resource, at a value of it or, when that has no place
// of its own, where the resource begins.
func (b *builder) fault(r *resource, n tree.Node, path *tree.Path, message, hint string) {
	b.wrong[r.key()] = true
	b.Told = append(slices.Clip(b.Told), source.Fault{File: cmp.Or(n.File(), r.Node.File()), Path: path.String()})
	b.tell(r, n, path, message, hint)
}

func (b *builder) tell(r *resource, n tree.Node, path *tree.Path, message, hint string) {
	// The rest is not lost: it is told once these are mended.
	if len(b.result.Faults) >= maxFaults {
		return
	}
	// A value that an intrinsic has made may have no line; the resource has one.
	if n.Line() == 0 {
		n = r.Node
	}
	f := source.At(n, path.String(), message, hint)
	if !b.said(r, n) {
		f.Of = b.bodies[r.key()]
	}
	f.LogicalID = r.LogicalID
	// A file that several resources have is wrong once.
	if f.File == b.bodies[r.key()] && b.toldOf(f) {
		return
	}
	b.result.Faults = append(b.result.Faults, f)
}

// toldOf says whether a fault of a file was told already, of whichever resource.
func (b *builder) toldOf(f source.Fault) bool {
	return slices.ContainsFunc(b.result.Faults, func(other source.Fault) bool {
		return other.File == f.File && other.Line == f.Line && other.Column == f.Column && other.Message == f.Message
	})
}

// said says whether a value is one that the template itself gives a resource.
func (b *builder) said(r *resource, n tree.Node) bool {
	for _, value := range r.Properties.Members() {
		if value == n {
			return true
		}
	}
	return false
}

// lost is fault for a resource that names something that is not here. One that would be of
// kind, and has a fault, may be what is meant.
func (b *builder) lost(r *resource, kind string, n tree.Node, path *tree.Path, message, hint string) {
	if !b.Partial && !b.lacks[kind] {
		b.fault(r, n, path, message, hint)
	}
}

// without says whether a resource does not have a property, which is no fault where that is
// only what could not be worked out.
func (r *resource) without(property string) bool {
	return r.get(property).Null() && !r.Lacks(property)
}

// note tells something that keeps nothing from being served.
func (b *builder) note(r *resource, text string) {
	b.result.Notes = append(b.result.Notes, Note{r.origin(), r.LogicalID + ": " + text, ""})
}

// noteOfBody is note about what an API's OpenAPI document says.
func (b *builder) noteOfBody(r *resource, text string) {
	b.result.Notes = append(b.result.Notes, Note{r.origin(), r.LogicalID + ": " + text, b.bodies[r.key()]})
}

// reads notes a file that the result depends on.
func (b *builder) reads(name string) {
	if name != "" && !b.read[name] {
		b.read[name] = true
		b.result.Files = append(b.result.Files, name)
	}
}

// write writes the document and holds it to the rules of the management plane.
func (b *builder) write(regions tree.Node) {
	doc := tree.Object().Set("dragoman", tree.Int(1)).Set("account", tree.Text(b.Account)).Set("regions", regions)
	text, err := doc.YAML()
	if err != nil {
		b.result.Faults = append(b.result.Faults, source.Fault{Message: err.Error()})
		return
	}
	b.result.Document = text
	for _, e := range document.Check(text, b.MaxTemplate) {
		b.refused(e)
	}
}
