package gateway

import (
	"encoding/json"
	"strconv"

	"github.com/dragoman-gateway/dragoman/template/source"
)

// Result is what is to be served and run. With Faults nothing of it may be: it is then
// there for whoever shows or watches it. Lists are in the order of the templates.
type Result struct {
	Document     []byte // in YAML, the whole configuration
	APIs         []API
	Functions    []Function
	Certificates []Certificate
	LogGroups    []LogGroup
	Foreign      []Foreign
	Services     *Services // what other services are to hold; nil for nothing
	Outputs      []Output
	Wanted       []Object // in S3: OpenAPI documents and what templates include, without which this is not whole
	Notes        []Note
	Files        []string // that were read, templates first; whoever watches them sees each change
	Faults       []source.Fault
}

// Origin is where something stands in a template.
type Origin struct {
	Stack     string // its name
	LogicalID string
	File      string
	Line      int
}

// API is an API for whoever shows it; all of it is in the document too.
type API struct {
	Origin
	Region   string
	ID       string
	Name     string
	Protocol string // WEBSOCKET or HTTP
	URL      bool   // it stands for the address of a function (AWS::Lambda::Url)
	Stages   []string
	Domains  []string // custom domains that lead to it
	Routes   []Route
	Asks     []string `json:",omitempty"` // physical names of functions that authorize its clients
}

// Route is a route with what is behind it.
type Route struct {
	Key      string
	Target   string // a function's logical id, a URL, or the type of the integration
	Function string // its physical name, which tells those of several stacks apart; "" for anything else
	// Link is what targets behind a VPC link can be given for: the link, and the ARN of what
	// it leads to, if it is one. Nothing where the integration needs no link.
	Link []string
}

// Function is a function that is to run.
type Function struct {
	Origin
	Region       string
	Name         string // physical
	Runtime      string
	Handler      string
	Code         Code // none for one that cannot be run from here, which a note tells
	Env          map[string]string
	Timeout      int // seconds; 0 for Lambda's own
	Memory       int // MB; 0 for Lambda's own
	Reserved     *int
	Architecture string   // x86_64, arm64, or ""
	Layers       []Layer  // in the order of the template
	Versions     []string // "1", "2" …
	Aliases      map[string]string
	Logging      Logging
	Build        *Build // nil for code that runs as it is
	Events       []EventInvoke
	URL          *FunctionURL
}

// Code is where a function's code is; one of Dir, Zip, Object and Inline is set.
type Code struct {
	Dir      string  // a folder, from where templates are read
	Zip      string  // a file, from where templates are read
	Object   *Object `json:",omitempty"` // an archive
	Inline   string  // the text of FileName
	FileName string  // index.mjs, index.js or index.py
}

// Layer is where a layer's content is; one of Content and Object is set.
type Layer struct {
	Name    string  // the logical id that its author gave it
	Content string  `json:",omitempty"` // a folder or a zip file, laid out as in /opt; or what that is built of
	Object  *Object `json:",omitempty"`
	Build   *Build  `json:",omitempty"` // nil for one that is laid out already
}

// Logging is a function's LoggingConfig.
type Logging struct {
	JSON  bool
	Level string // of the application, such as DEBUG; "" for the runtime's own
	Group string // name; "" for the function's own
}

// Build says how a function's code is made.
type Build struct {
	Method     string                     // esbuild, makefile, go, or as the template has it
	Target     string                     // of make: the logical id that build-TARGET names
	Properties map[string]json.RawMessage // BuildProperties of SAM's Metadata, by their names there
}

// EventInvoke is what happens to asynchronous invocations of a function.
type EventInvoke struct {
	Qualifier string // $LATEST, a version or an alias
	Retries   *int   // 0 to 2
	MaxAge    *int   // seconds
	OnSuccess string // ARN, "" for none
	OnFailure string // ARN, "" for none
}

// FunctionURL is the address of a function, which an API of the document answers.
type FunctionURL struct {
	APIID   string
	Auth    string // NONE or AWS_IAM
	Stream  bool   // InvokeMode is RESPONSE_STREAM
	Address string // what GetAtt FunctionUrl answers
}

// Certificate is to be signed by this machine, for names alone.
type Certificate struct {
	Origin
	ARN   string
	Names []string // the domain name and its alternatives
}

// LogGroup is a file that logs go to.
type LogGroup struct {
	Origin
	Name string
	ARN  string
}

// Foreign is a resource of another service.
type Foreign struct {
	Origin
	Region     string
	Type       string
	PhysicalID string          // what Ref answers
	Properties json.RawMessage // an object, resolved
	DependsOn  []string        // logical ids, as the template has them
	Functions  []string        // logical ids of those that name it
}

// Services is what other services are to hold: foreign resources as one stack.
type Services struct {
	// Template is a template in JSON, for CreateStack and UpdateStack. What its resources
	// say of each other is said by functions, and Outputs answer Values.
	Template []byte
	Values   []ServiceValue
}

// ServiceValue is a value of a foreign resource that something here needs.
type ServiceValue struct {
	Output           string // of the stack
	Stack, LogicalID string
	Attribute        string // "Ref", or one that GetAtt answers
}

// Output is an output of a stack.
type Output struct {
	Stack, Name, Value, Description string
	Export                          string // the name that other stacks import it by; "" for none
	Nested                          bool   // of a stack inside another
	Secret                          bool   // it holds what is not to be seen
}

// Note is something that its author may want to know, and that keeps nothing from
// being served.
type Note struct {
	Origin
	Text string
	Of   string `json:"-"` // another file that it may quote; "" for none
}

// String tells a note in one line.
func (n Note) String() string {
	if n.File == "" {
		return n.Text
	}
	at := n.File
	if n.Line > 0 {
		at += ":" + strconv.Itoa(n.Line)
	}
	return at + ": " + n.Text
}
