package evaluate

import (
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/naming"
	"github.com/dragoman-gateway/dragoman/template/object"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// Stack is a template and what it is deployed with.
type Stack struct {
	Name       string            // what physical ids are derived from
	Template   tree.Node         // as source.Read answers it; it is not changed. None is left out
	Parameters map[string]string // by name; those that the template does not have are left alone
}

// Options are what templates are evaluated in. Each function may be nil, and is asked
// again for the same thing.
type Options struct {
	Region  string // "us-east-1" when empty
	Account string // "000000000000" when empty

	// Read reads a file that a template names: one to include, or a nested stack's
	// template. Names are slash-separated, and relative as those of the templates are.
	Read func(name string) ([]byte, error)
	// Object answers a file that is in S3; ok is false for one that has not been fetched,
	// which is then among the Wanted. nil: nothing is had from there.
	Object func(object.Object) (text []byte, ok bool)

	// Transform makes plain CloudFormation of a template whose loops and inclusions are
	// written out, and whose functions are not yet worked out. It is told the values of
	// parameters and pseudo parameters.
	Transform func(template tree.Node, parameter func(name string) (tree.Node, bool)) (tree.Node, []source.Fault)

	// Resolve answers dynamic references and values from outside: service is "ssm",
	// "ssm-secure", "secretsmanager" or "import" (the export of a stack that is not here),
	// name what the template says after it, as in "MySecret:SecretString:password".
	Resolve func(service, name string) (string, bool)

	// Served says whether resources of a type are served here, and HandedOn whether others
	// are to make them: what those say has to be whole. Nil says so of none.
	Served, HandedOn func(kind string) bool

	// Values answers what a resource that was made elsewhere is called (attribute "Ref")
	// or has; false leaves it to what is derived.
	Values func(stack, logicalID, attribute string) (string, bool)

	// Unread says that there are more stacks, of which nothing could be read, as was told: an
	// export that is not here may be theirs.
	Unread bool

	// Address is where {protocol}://{apiID}.execute-api.{region}.amazonaws.com is served,
	// protocol being "https" or "wss". Nil leaves such addresses as they are.
	Address func(protocol, apiID string) string
}

// Result is what templates say. It is complete only when there are no faults.
type Result struct {
	// Faults are those that Evaluate answers, with the paths that resources have here, be
	// they written so or made by a transform.
	Faults []source.Fault
	// Refused are those of them that a transform has told, by the paths of what it was given.
	Refused []source.Fault
	// Partial says that resources may be missing of which nothing is known, not even that
	// they were meant: those of a file that cannot be read, or of what a transform refused.
	Partial bool

	Resources  []Resource  // of all stacks, in the order of their templates; of a nested stack right before itself
	Outputs    []Output    // of all stacks
	Parameters []Parameter // of all stacks but nested ones
	Notes      []source.Fault
	Secrets    Secrets // that nothing which is told may show

	// Written knows where in the templates what a transform made of them was written.
	Written *Written

	Wanted []object.Object // in S3, without which nothing else of this is whole
}

// Resource is a resource whose condition holds, or cannot be worked out.
type Resource struct {
	Stack, LogicalID, Type string

	// PhysicalID is what Ref answers: an API's id, a function's name, a queue's URL …
	PhysicalID string

	// Properties and Metadata are free of functions; none when there are none.
	Properties, Metadata tree.Node

	DependsOn  []string // logical ids, as written
	References []string // logical ids that its functions name, in their order

	DeletionPolicy string // "" when there is none

	Node tree.Node // as written, where faults of it stand
	Path string    // "Resources.Chat"

	// Broken says that something of it could not be worked out, which was told: it is for
	// whoever looks for further faults, and for nothing else.
	Broken bool
	lost   map[string]bool // properties that could not
	hollow bool            // nothing of it is known
	gap    bool            // it may have more properties than are known
}

// Lacks says whether a property is missing, or not whole, only because something in it is
// wrong. Of Body, which may be a document of many parts, those that are whole are there.
func (r *Resource) Lacks(property string) bool {
	return r.hollow || r.lost[property] || r.gap && !r.Properties.Get(property).There()
}

// Unsure says whether it may have any property, since not all of it could be read.
func (r *Resource) Unsure() bool { return r.hollow || r.gap }

// Output is an output whose condition holds.
type Output struct {
	Stack, LogicalID, Value, Description string
	Export                               string // the name that it is exported by, "" when it is not
	Nested                               bool   // of a stack inside another
	Secret                               bool   // holds the value of a NoEcho parameter
}

// Parameter is a parameter of a template. One without a value and default is Missing, and
// a fault too.
type Parameter struct {
	Stack, Name, Type, Description string
	Value                          string
	NoEcho, Missing                bool
	Allowed                        []string // nil when any value is allowed
}

// The budget of one evaluation: functions in functions can ask for more than any machine
// has. Each value that a file holds adds what it takes to go through it a few times.
const (
	// Assumed: a template within CloudFormation's quotas (1 MB, 500 resources) comes
	// nowhere near, unless its functions multiply. The bytes keep a text that doubles
	// itself, name by name, from taking the memory of everything else that is served.
	maxValues = 250_000
	perValue  = 5
	maxBytes  = 24 << 20
	// More than anybody reads at once: those beyond are found again when the first are
	// mended.
	maxFaults = 200
)

// Evaluate works out stacks that see each other's exports.
func Evaluate(stacks []Stack, o Options) (*Result, []source.Fault) {
	r := &run{Options: o, values: maxValues, bytes: maxBytes, told: map[source.Fault]bool{}, apis: map[string]bool{}, exports: map[string]*export{}, ownSecrets: map[string]ownSecret{}, parsed: map[string]tree.Node{}, torn: map[string][]*gaps{}, result: &Result{Written: &Written{}}}
	if r.Region == "" {
		// Assumed: what most examples are written for. CloudFormation has no default of
		// its own: whoever deploys names a region.
		r.Region = "us-east-1"
	}
	if r.Account == "" {
		// Assumed: no account of AWS has it, so that no ARN that is made here can mean
		// something real.
		r.Account = "000000000000"
	}
	for _, in := range stacks {
		s := &stack{run: r, name: in.Name, id: naming.StackID(in.Name, r.Region, r.Account), file: in.Template.File(), given: givenTexts(in.Parameters)}
		r.values += perValue * size(in.Template)
		s.read(in.Template)
		r.stacks = append(r.stacks, s)
	}
	// Documented: CloudFormation Template Reference, Fn::ImportValue: names are of the
	// account and region, so any stack may import from any other. All exports are known
	// before the first value is worked out; the order of the stacks does not count.
	for _, s := range r.stacks {
		s.declareExports()
	}
	// Nested stacks may export too, which the others see as well.
	for _, s := range r.stacks {
		s.openNested()
	}
	for _, s := range r.stacks {
		s.evaluate()
	}
	// Only now are all secrets known: a fault told early may hold what a later
	// parameter hides.
	r.result.Secrets, r.result.Written.secrets = r.secrets, r.secrets
	// What was not worked out any more was not told either.
	r.result.Faults, r.result.Partial = r.faults, r.result.Partial || r.over
	return r.result, r.result.Written.Ordered(r.faults)
}

// run is what all stacks of one evaluation share.
type run struct {
	Options
	stacks  []*stack // those that were asked for
	exports map[string]*export
	apis    map[string]bool // physical ids of APIs that are served here
	secrets Secrets

	ownSecrets map[string]ownSecret // by ARN

	// Shared by all stacks: a bound for each would let many small ones do together what
	// one may not.
	values, bytes int // what is left of the budget
	over          bool
	depth         int
	unsure        bool                 // there are exports whose names are not known
	parsed        map[string]tree.Node // files that templates name
	read          int                  // bytes of them
	torn          map[string][]*gaps   // templates of which not all could be read, by their files
	faults        []source.Fault
	suggestions   int // that were looked for
	told          map[source.Fault]bool
	result        *Result
}

// fault tells what is wrong, once, and never a secret.
func (r *run) fault(n tree.Node, path *tree.Path, message, hint string) {
	r.tell(source.At(n, path.String(), r.secrets.Conceal(message), r.secrets.Conceal(hint)))
}

func (r *run) tell(f source.Fault) {
	if len(r.faults) < maxFaults && !r.told[f] && !r.explained(f) {
		r.told[f] = true
		r.faults = append(r.faults, f)
	}
}

func (r *run) note(n tree.Node, path *tree.Path, message, hint string) {
	if len(r.result.Notes) < maxFaults {
		r.result.Notes = append(r.result.Notes, source.At(n, path.String(), r.secrets.Conceal(message), r.secrets.Conceal(hint)))
	}
}

// spend takes values and bytes from the budget, and says whether there were enough.
func (r *run) spend(n tree.Node, path *tree.Path, values, bytes int) bool {
	r.values, r.bytes = r.values-values, r.bytes-bytes
	if r.values >= 0 && r.bytes >= 0 && !r.over {
		return true
	}
	return r.giveUp(n, path, "the template makes too many values", "functions in functions multiply: make fewer of them")
}

// giveUp tells once that a bound is reached. Nothing is worked out any more.
func (r *run) giveUp(n tree.Node, path *tree.Path, message, hint string) bool {
	if !r.over {
		r.over = true
		r.fault(n, path, message, hint)
	}
	return false
}

// size is how many values a tree holds.
func size(n tree.Node) int {
	values := 1
	for _, item := range n.Items() {
		values += size(item)
	}
	for _, member := range n.Members() {
		values += size(member)
	}
	return values
}

// maxSuggestions is how often near names are looked for, which is not free.
// A template may be wrong in thousands of places, each of them compared with thousands
// of names: that is where a bound on faults alone would come too late.
const maxSuggestions = 300

// suggest words a hint at the name that another was meant to be, or tells which there are.
func (r *run) suggest(name string, names []string) string {
	if r.suggestions++; r.suggestions > maxSuggestions {
		return ""
	}
	return source.Suggest(name, names)
}

// nearest is suggest without a list of all names.
func (r *run) nearest(name string, names []string) string {
	if r.suggestions++; r.suggestions > maxSuggestions {
		return ""
	}
	if near := source.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
