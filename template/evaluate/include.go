package evaluate

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/object"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// maxInclusions is how many files may include each other in a row.
// Documented: CloudFormation User Guide, AWS::Include transform: a snippet that is
// included does not include another. Here it may: files are read where they lie, and
// all that has to be kept out is a circle.
const maxInclusions = 10

// include answers what a file holds that AWS::Include names. Other macros are programs of
// an account, which nobody has here.
func (x *expander) include(n tree.Node, vars each, p place) tree.Node {
	none := tree.Object().From(n)
	// Documented: CloudFormation User Guide, template macros: a macro is a Lambda
	// function that is registered in the account. Guessing what it makes would be worse
	// than saying that it is not run.
	if name := n.Get("Name").Text(); name != "AWS::Include" {
		x.fault(n, p.path, "the macro "+quoted(name)+" cannot be run here", x.nearest(name, []string{"AWS::Include"}))
		return none
	}
	// Documented: CloudFormation User Guide, AWS::Include transform: Location is an
	// address in S3. Observed: templates make it of parameters, with Ref or Fn::Sub.
	location := n.Get("Parameters", "Location")
	where, ok := x.text(x.value(location, vars, p), p, "the Location of AWS::Include")
	if !ok {
		return none
	}
	file, text, found := x.find(where, n.File())
	if !found {
		var waits bool
		if file, text, found, waits = x.fetched(where); waits {
			return none
		}
	}
	switch _, away := object.At(where); {
	case !found && away:
		x.fault(location, p.path, "the file "+quoted(where)+" is in S3, from where nothing is read without --services URL", "give that, or put the file beside the template")
		return none
	case !found:
		x.fault(location, p.path, "the file "+quoted(where)+" cannot be read", "Location names a file beside the template")
		return none
	case slices.Contains(x.including, file) || len(x.including) == maxInclusions:
		x.fault(location, p.path, "files include each other: "+strings.Join(append(x.including, file), " → "), "take one of the inclusions out")
		return none
	}
	included := x.parse(file, text, p)
	if !included.There() {
		return none
	}
	x.including = append(x.including, file)
	defer func() { x.including = x.including[:len(x.including)-1] }()
	// What is in the file may have loops and functions of its own, which stand where it
	// is included: Ref there means a name of the template around it.
	return x.value(included, vars, p)
}

// find reads a file that a template names, relative to the template's own folder. What
// would be in a bucket is looked for by its key, and by the last part of that: so it lies
// beside the template before it is uploaded.
func (r *run) find(name, from string) (file string, text []byte, found bool) {
	if r.Read == nil || name == "" {
		return "", nil, false
	}
	folder := path.Dir(strings.ReplaceAll(from, `\`, "/"))
	candidates := []string{strings.TrimPrefix(name, "file://")}
	// An address names a bucket first (s3://bucket/key,
	// https://bucket.s3.amazonaws.com/key). The bucket says nothing of where the file
	// was before it was uploaded, its key does.
	if scheme, rest, is := strings.Cut(name, "://"); is && scheme != "file" {
		_, key, _ := strings.Cut(rest, "/")
		candidates = []string{path.Base(key)}
		// A key that leads out of a folder would be a way, and keys are names.
		if filepath.IsLocal(key) {
			candidates = []string{key, path.Base(key)}
		}
	}
	for _, candidate := range candidates {
		if candidate == "" {
			continue
		}
		if file = path.Clean(candidate); !path.IsAbs(file) {
			file = path.Join(folder, file)
		}
		if text, err := r.Read(file); err == nil {
			return file, text, true
		}
	}
	return "", nil, false
}

// fetched is a file that a template names in S3. What waits for it need not be told of:
// whoever reads the template does so again when it is here.
func (r *run) fetched(name string) (file string, text []byte, found, waits bool) {
	o, is := object.At(name)
	if !is || r.Object == nil {
		return "", nil, false, false
	}
	text, found = r.Object(*o)
	if !found && !slices.Contains(r.result.Wanted, *o) {
		r.result.Wanted = append(r.result.Wanted, *o)
	}
	return o.String(), text, found, !found
}

// maxRead is how many bytes of files one evaluation reads.
// Assumed: eight times what CloudFormation takes as one template, which is 1 MB.
// Documented: CloudFormation quotas, Template body size.
const maxRead = 8 << 20

// parse reads a file, once however often it is named, and tells its faults at a path.
func (r *run) parse(file string, text []byte, p place) tree.Node {
	if root, known := r.parsed[file]; known {
		return root
	}
	if r.read += len(text); r.read > maxRead {
		r.giveUp(tree.Node{}, p.path, "the files that templates name are too long together", strconv.Itoa(maxRead)+" bytes are read")
		return tree.Node{}
	}
	root, faults := source.Read(file, text)
	// Files are paid for once, as the template is: including one in many places is what
	// multiplies, and that is counted where it happens.
	r.values += perValue * size(root)
	for _, f := range faults {
		// What is included is a part of the template, a nested stack's template is whole.
		if f.Path == "" || p.scope != inResources {
			f.Path = strings.TrimSuffix(p.path.String()+"."+f.Path, ".")
			f.LogicalID = source.LogicalID(f.Path)
		}
		r.tell(f)
	}
	r.parsed[file] = root
	return root
}

// transforms are those of a template: one, or a list of them, each a text or an object
// with Name.
func transforms(n tree.Node) []tree.Node {
	if n.IsList() {
		return n.Items()
	}
	if n.Null() {
		return nil
	}
	return []tree.Node{n}
}

// transformNames are the transforms that AWS hosts.
// Documented: CloudFormation Template Reference, Transform reference.
var transformNames = []string{"AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::Include", "AWS::CodeDeployBlueGreen", "AWS::CodeStar", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16", "AWS::ServiceCatalog", "AWS::Serverless"}

// checkTransforms notes macros that are not run. What a template means is told by its
// types and functions, so that those that AWS hosts need not be named.
func (s *stack) checkTransforms(n tree.Node) {
	for _, one := range transforms(n) {
		name := one.Text()
		if one.IsObject() {
			name = one.Get("Name").Text()
		}
		if !slices.Contains(transformNames, name) {
			s.note(one, (*tree.Path)(nil).Below("Transform"), "the macro "+quoted(name)+" is not run here: it is a program in somebody's account", s.nearest(name, transformNames))
		}
	}
}
