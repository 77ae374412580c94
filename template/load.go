package template

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/assembly"
	"github.com/dragoman-gateway/dragoman/template/evaluate"
	"github.com/dragoman-gateway/dragoman/template/gateway"
	"github.com/dragoman-gateway/dragoman/template/sam"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// What is so when nobody says otherwise.
const (
	defaultRegion  = "us-east-1"
	defaultAccount = "000000000000"
)

// Load finds what is to be run, and reads it. With Faults nothing of the result may be
// served; Files are there all the same, so that who watches them sees a fault mended.
func Load(files Files, o Options) *Loaded {
	o.Account = cmp.Or(o.Account, defaultAccount)
	l := &loading{files: files, o: o, read: map[string]bool{}, assets: map[string]string{}, renamed: map[string]string{}, used: map[string]bool{}, loaded: &Loaded{}}
	l.found = assembly.Find(files, assembly.Options{Paths: o.Paths, Folder: o.Folder, StackName: o.StackName, Region: o.Region, Account: o.Account, ConfigEnv: o.ConfigEnv})
	l.loaded.Took, l.loaded.Made, l.loaded.Partial = l.found.Took, l.found.Made, l.found.Partial
	for _, name := range l.found.Files {
		l.reads(name)
	}
	l.note(l.found.Notes)
	l.told, l.refused = slices.Clone(l.found.Faults), slices.Clone(l.found.Faults)
	if l.faults = l.found.Faults; !l.goesOn() {
		for i := range l.faults {
			if l.read[l.faults[i].File] { // what is wrong with a folder quotes nothing
				l.withhold(&l.faults[i])
			}
		}
		l.loaded.Faults, l.loaded.Files = l.faults, l.names
		return l.loaded
	}
	if l.found.Document != "" {
		l.document()
	} else {
		l.stacks()
	}
	l.loaded.Files = l.names
	return l.loaded
}

// goesOn says whether more can be told than what was found wrong already: when that is in
// templates, which were read as far as they could be, or keep none of the others from it.
// A fault of the folder or of samconfig.toml may be why a template looks wrong, and what
// follows from it would hide it.
func (l *loading) goesOn() bool {
	l.partial = len(l.found.Unread) > 0
	if l.partial && len(l.found.Stacks) == 0 {
		return false
	}
	return !slices.ContainsFunc(l.faults, func(f source.Fault) bool {
		return !slices.Contains(l.found.Unread, f.File) && !slices.ContainsFunc(l.found.Stacks, func(s assembly.Stack) bool { return s.Template.File() == f.File })
	})
}

// loading is one Load.
type loading struct {
	files   Files
	o       Options
	found   *assembly.Found
	read    map[string]bool
	names   []string // of files that were read, in order
	notes   []gateway.Note
	faults  []source.Fault
	written []*evaluate.Written           // where what SAM makes was written
	told    []source.Fault                // faults of templates, by the paths that resources have in them
	refused []source.Fault                // those of them that stand in what SAM was given
	partial bool                          // resources may be missing of which nothing is known
	assets  map[string]string             // files by the names that templates have for them
	renamed map[string]string             // logical ids that SAM made of others, and those
	wanted  []gateway.Object              // in S3, that evaluation has asked for
	secrets evaluate.Secrets              // that nothing that is told may show
	used    map[string]bool               // parameters of the user that something asked for
	ids     map[gateway.Deployment]string // that deployments have; nil before they are known
	loaded  *Loaded
}

func (l *loading) reads(name string) {
	if !l.read[name] {
		l.read[name] = true
		l.names = append(l.names, name)
	}
}

// environment is a region of an account: stacks of one see each other's exports.
// Documented: CloudFormation User Guide, Exporting stack output values: the names of
// exports are unique within an account and a region.
type environment struct{ account, region string }

// stacks reads all stacks, those of one environment together.
func (l *loading) stacks() {
	grouped := map[environment][]evaluate.Stack{}
	for _, s := range l.found.Stacks {
		at := environment{cmp.Or(s.Account, l.o.Account), cmp.Or(s.Region, l.o.Region, defaultRegion)}
		grouped[at] = append(grouped[at], evaluate.Stack{Name: s.Name, Template: s.Template, Parameters: l.parameters(s.Parameters)})
	}
	// Maps have no order, and the same files have to give the same result each time.
	var order []environment
	for at := range grouped {
		order = append(order, at)
	}
	slices.SortFunc(order, func(a, b environment) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.account, b.account))
	})
	regions, groups := l.evaluated(order, grouped)
	// What deployments are called is drawn from what was worked out just now, and whatever
	// says it (stages, outputs, variables, parts of other values) is worked out with that.
	if len(l.faults) == 0 {
		if l.ids = gateway.Deployments(regions, l.compilation()); len(l.ids) > 0 {
			regions, groups = l.evaluated(order, grouped)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.o.Parameters)) {
		if !l.used[name] {
			l.notes = append(l.notes, gateway.Note{Text: "no template asks for the parameter " + name})
		}
	}
	l.compile(regions, groups)
}

// evaluated is what the stacks of all environments come to.
func (l *loading) evaluated(order []environment, grouped map[environment][]evaluate.Stack) (regions []gateway.Region, groups []group) {
	for _, at := range order {
		g := group{grouped[at], l.evaluation(at)}
		groups = append(groups, g)
		made, faults := evaluate.Evaluate(g.stacks, g.options)
		l.faults, l.written = append(l.faults, faults...), append(l.written, made.Written)
		l.told, l.refused, l.partial = append(l.told, made.Faults...), append(l.refused, made.Refused...), l.partial || made.Partial
		l.take(made)
		// Accounts of one region share the document's.
		if n := len(regions); n == 0 || regions[n-1].Name != at.region {
			regions = append(regions, gateway.Region{Name: at.region})
		}
		last := &regions[len(regions)-1]
		last.Resources, last.Outputs = append(last.Resources, made.Resources...), append(last.Outputs, made.Outputs...)
	}
	return regions, groups
}

// parameters are those of a stack with the user's over them.
// What a user says on the command line is meant for this run, and files for every run.
func (l *loading) parameters(own map[string]string) map[string]string {
	all := make(map[string]string, len(own)+len(l.o.Parameters))
	for _, from := range []map[string]string{own, l.o.Parameters} {
		for name, value := range from {
			all[name] = value
		}
	}
	return all
}

// evaluation is how the templates of an environment are evaluated.
func (l *loading) evaluation(at environment) evaluate.Options {
	return evaluate.Options{
		Region: at.region, Account: at.account, Read: l.file, Object: l.o.Object, Transform: l.transform, Resolve: l.resolve, Address: l.o.Address, Unread: len(l.found.Unread) > 0,
		Served: gateway.Served, HandedOn: func(kind string) bool { return l.o.HandedOn && gateway.HandedOn(kind) },
		Values: func(stack, logicalID, attribute string) (string, bool) {
			// The address of a function is that of the API that stands for it.
			if attribute == "FunctionUrl" {
				return gateway.URLAddress(l.o.Address, at.region, gateway.URLID(stack, logicalID)), true
			}
			if id, ok := l.ids[gateway.Deployment{Region: at.region, Stack: stack, LogicalID: logicalID}]; ok && (attribute == "Ref" || attribute == "DeploymentId") {
				return id, true
			}
			if l.o.Elsewhere == nil {
				return "", false
			}
			return l.o.Elsewhere(stack, logicalID, attribute)
		},
	}
}

// file reads a file that a template names.
func (l *loading) file(name string) ([]byte, error) {
	text, err := l.files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		// Templates of an assembly name nested ones by where they would be in a bucket.
		asset, ok := l.found.Asset(path.Base(name))
		if !ok {
			return nil, err
		}
		l.assets[name] = asset
		name = asset
		text, err = l.files.ReadFile(name)
	}
	l.reads(name)
	return text, err
}

// called is the name that a file has here.
func (l *loading) called(name string) string { return cmp.Or(l.assets[name], name) }

// transform makes plain CloudFormation of SAM.
func (l *loading) transform(template tree.Node, parameter func(name string) (tree.Node, bool)) (tree.Node, []source.Fault) {
	made, faults := sam.Transform(template, sam.Options{Parameter: parameter})
	l.note(made.Notes)
	maps.Copy(l.renamed, made.Renamed)
	return made.Template, faults
}

// take takes what is told beside resources.
func (l *loading) take(made *evaluate.Result) {
	l.note(made.Notes)
	for _, o := range made.Wanted {
		if !slices.Contains(l.wanted, o) {
			l.wanted = append(l.wanted, o)
		}
	}
	for _, secret := range made.Secrets {
		l.secrets.Add(secret)
	}
	for _, p := range made.Parameters {
		l.used[p.Name] = true
		if p.Missing {
			l.loaded.Missing = append(l.loaded.Missing, Parameter{Stack: p.Stack, Name: p.Name, Type: p.Type, Description: p.Description, Secret: p.NoEcho})
		}
	}
}

func (l *loading) note(notes []source.Fault) {
	for _, n := range notes {
		text := n.Message
		if n.LogicalID != "" {
			text = n.LogicalID + ": " + text
		}
		if n.Hint != "" {
			text += " (" + n.Hint + ")"
		}
		note := gateway.Note{Origin: gateway.Origin{LogicalID: n.LogicalID, File: n.File, Line: n.Line}, Text: text}
		if !slices.Contains(l.notes, note) {
			l.notes = append(l.notes, note)
		}
	}
}

const withheld = "what is in a file outside of the template's folder is not told"

// withhold leaves out what a fault says of a file that is not below the folder of what was
// loaded: a template may name any file of this machine, and who wrote it is not always who
// runs it, or reads what is told.
func (l *loading) withhold(f *source.Fault) {
	switch {
	case !l.inside(f.File):
		*f = source.Fault{File: f.File, Line: f.Line, Column: f.Column}
	case l.inside(f.Of):
		return
	}
	f.Withheld, f.Message, f.Hint = true, "the file is not as it has to be; "+withheld, "put it there, or load it by itself"
}

// inside says whether a file is below a folder that holds something of what was asked for,
// wherever links lead: whoever may put a template somewhere may put a link beside it. One
// that the user has named is what was asked for.
func (l *loading) inside(file string) bool {
	if slices.ContainsFunc(l.o.Paths, func(asked string) bool { return path.Clean(filepath.ToSlash(asked)) == path.Clean(file) }) {
		return true
	}
	real := l.files.Real(file)
	for _, named := range l.found.Files {
		if below, err := filepath.Rel(l.files.Real(path.Dir(named)), real); err == nil && filepath.IsLocal(below) {
			return true
		}
	}
	return file == "" || strings.HasPrefix(file, "s3://") || slices.Contains(slices.Collect(maps.Values(l.assets)), file)
}

// compilation is how resources are made a result.
func (l *loading) compilation() gateway.Options {
	return gateway.Options{Files: l.files, Account: l.o.Account, Asset: l.found.Asset, Address: l.o.Address, MaxTemplate: l.o.MaxTemplate, Object: l.o.Object, Authored: l.renamed,
		Told: l.told, Wrong: l.wrong(), Partial: l.partial && len(l.faults) > 0,
		Handler: func(function string) (dir, handler string, ok bool) {
			h, ok := l.found.Handler(function)
			return h.Dir, h.Handler, ok
		}}
}

// wrong says of which resources something is wrong by the paths that their author knows,
// where SAM has made them of a part of something: which of their own properties that is,
// nobody knows.
func (l *loading) wrong() func(evaluate.Resource) bool {
	if len(l.faults) == 0 {
		return nil
	}
	return func(r evaluate.Resource) bool {
		own := source.At(r.Node, r.Path, "", "")
		// Of what is made of one route the properties stand where that does, and the resource
		// where all of them begin.
		written := own
		if r.Properties.Line() > 0 {
			written = source.At(r.Properties, r.Path, "", "")
		}
		for _, w := range l.written {
			written = w.Place(written)
		}
		return written.Path != own.Path && slices.ContainsFunc(l.refused, written.Holds)
	}
}

// compile makes the result of resources.
func (l *loading) compile(regions []gateway.Region, groups []group) {
	result := gateway.Compile(regions, l.compilation())
	for _, name := range result.Files {
		l.reads(name)
	}
	result.Faults = append(l.faults, result.Faults...)
	for _, written := range l.written {
		result.Faults = written.Ordered(result.Faults)
	}
	result.Notes, result.Wanted = append(l.notes, result.Notes...), append(l.wanted, result.Wanted...)
	for i := range result.Faults {
		f := &result.Faults[i]
		l.withhold(f)
		f.File, f.Message, f.Hint = l.called(f.File), l.secrets.Conceal(f.Message), l.secrets.Conceal(f.Hint)
	}
	for i := range result.Notes {
		n := &result.Notes[i]
		if !l.inside(n.File) || !l.inside(n.Of) {
			n.Text = n.LogicalID + ": " + withheld
		}
		n.File, n.Text = l.called(n.File), l.secrets.Conceal(n.Text)
	}
	if len(result.Faults) == 0 {
		var err error
		if result.Services, err = servicesOf(groups, result.Foreign); err != nil {
			result.Faults = append(result.Faults, source.Fault{Message: err.Error()})
		}
	}
	l.loaded.Result = *result
}
