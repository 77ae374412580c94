package openapi

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// MaxDocument is how many bytes a document may have: 6 MiB, as REST imports of AWS.
const MaxDocument = 6 << 20

// The extensions that a document may have.
const (
	extension         = "x-amazon-apigateway-"
	integrationMember = extension + "integration"
	anyMethod         = extension + "any-method"
	authMember        = extension + "auth"
	authTypeMember    = extension + "authtype"
	authorizerMember  = extension + "authorizer"
	corsMember        = extension + "cors"
	endpointMember    = extension + "endpoint-configuration"
	policyMember      = extension + "policy"
	tagValueMember    = extension + "tag-value"
	versionMember     = extension + "importexport-version"
	integrations      = extension + "integrations"
)

// What costs how much of the work that a document may cost: looking at a node for
// references; at a member of an operation or integration, which are gone through
// some ten times; at a member that is merged; reading a byte of a part that is
// decoded, which aliases may repeat; comparing two routes.
const (
	priceOfNode   = 8
	priceOfMember = 16
	priceOfMerge  = 32
	priceOfByte   = 16
	priceOfRoute  = 4
)

// maxDescription is how many characters the description of an API may have.
const maxDescription = 1024

// reader collects what a document says.
type reader struct {
	Definition
	root            tree.Node
	security        tree.Node // the requirement of operations without one
	options         Options
	prefix          string                              // before each path
	shared          map[string]int                      // integrations that references name, by reference
	read            map[tree.Node]*resource.Integration // by where they stand, which aliases repeat
	indexed         map[tree.Node]map[string]tree.Node  // members of the objects that references go through
	schemes         map[string]*scheme
	taken           map[string]string // route keys by their shape, with a backend
	torn            bool              // something of the document could not be read
	left            int               // work that the document may still cost, at the prices above
	faults          []*Error
	most            int      // faults after which the reading ends
	way             []string // to what is read
	infos, warnings told
}

// maxPart is how many bytes of JSON a part may have that is decoded: aliases make
// documents that are small as text and endless as trees.
const maxPart = 256 << 10

// work bounds what a document may cost, in nodes looked at and bytes read again, by
// its length: without aliases a document has far fewer nodes than bytes.
func work(document string) int { return 32*len(document) + 1<<20 }

// parse reads a document, and puts what its merges name in their place.
func parse(document string) (tree.Node, error) {
	root, err := tree.Parse([]byte(document))
	if err != nil {
		return tree.Node{}, err
	}
	return root, root.Merge(work(document) / priceOfMerge)
}

// IsDocument says whether a text is an OpenAPI or Swagger document, rather than
// something else in JSON or YAML: whether it has such a member at its top. A text
// that cannot be parsed is judged by its lines.
// Documented: OpenAPI 3.0.3, OpenAPI Object: openapi is required at the top, as
// swagger was before it, so either tells such a document from any other.
func IsDocument(document string) bool {
	root, err := parse(document)
	if err == nil {
		return root.Get("openapi").There() || root.Get("swagger").There()
	}
	for line := range strings.Lines(document) {
		line = strings.TrimLeft(strings.TrimSpace(line), `{"' `)
		switch {
		case strings.HasPrefix(line, "dragoman"):
			return false
		case strings.HasPrefix(line, "openapi"), strings.HasPrefix(line, "swagger"):
			return true
		}
	}
	return false
}

// Read makes a definition of an OpenAPI 3 document in JSON or YAML. Its errors are
// of type *Error.
func Read(document string, options Options) (*Definition, error) {
	d, faults := readUntil(document, options, 1)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	return d, nil
}

// maxFaults is how many are told of a document: who has more of them has one cause.
const maxFaults = 100

// ReadAll is Read that goes on after what is wrong, so that an author sees all of it at
// once. The definition has what could be read of the document beside its faults, to be held
// to rules and never to be served; it is nil where nothing can be read.
func ReadAll(document string, options Options) (*Definition, []*Error) {
	return readUntil(document, options, maxFaults)
}

func readUntil(document string, options Options, most int) (*Definition, []*Error) {
	d := &reader{options: options, most: most, left: work(document), shared: map[string]int{}, schemes: map[string]*scheme{}, taken: map[string]string{},
		read: map[tree.Node]*resource.Integration{}, indexed: map[tree.Node]map[string]tree.Node{}}
	if err := d.open(document); err != nil {
		return nil, []*Error{err}
	}
	// Paths come last, for an operation names security schemes and stands behind the
	// base path.
	for _, step := range []func() error{d.version, d.basepath, d.head, d.securitySchemes, d.paths} {
		if err := step(); err != nil {
			if e, ok := errors.AsType[*Error](err); ok && !slices.Contains(d.faults, e) {
				d.faults = append(d.faults, e)
			}
			return nil, d.faults
		}
	}
	d.references()
	d.openings()
	d.Info, d.Warnings = d.infos.all(), d.warnings.all()
	return &d.Definition, d.faults
}

// open parses a document.
func (d *reader) open(document string) *Error {
	if len(document) > MaxDocument {
		return &Error{Message: fmt.Sprintf("Invalid OpenAPI input. The document has %d bytes, more than the %d that are allowed", len(document), MaxDocument)}
	}
	if err := d.options.check(); err != nil {
		return &Error{Message: err.Error()}
	}
	written := d.options.variables().Replace(document)
	root, err := parse(written)
	if err != nil && d.most > 1 && d.broken(document, written) {
		return nil
	}
	if err != nil {
		return &Error{Message: "Unable to parse the OpenAPI document: " + fault.Plain(err)}
	}
	d.root = root
	return nil
}

// broken takes what can be read of a document that is neither YAML nor JSON, and keeps where
// that is so.
func (d *reader) broken(document, written string) bool {
	// Places are those of the author's text, and values those of what is written in it.
	_, places := tree.ParseAll([]byte(document))
	root, _ := tree.ParseAll([]byte(written))
	if len(places) == 0 || root.There() && root.Merge(work(document)/priceOfMerge) != nil {
		return false
	}
	for _, e := range places {
		d.faults = append(d.faults, &Error{Message: e.Message, Broken: e})
	}
	d.root, d.torn, d.most = root, true, d.most+len(places)
	return true
}

// unread says whether what a way leads to may be something that could not be read.
func (d *reader) unread(way []string) bool {
	if !d.torn {
		return false
	}
	n := d.root
	if !n.There() {
		return true // nothing could be
	}
	holed := false // what is missing may have stood in anything around it
	for _, name := range way {
		holed = holed || n.Holed()
		below := n.Get(name)
		if i, err := strconv.Atoi(name); err == nil && i < len(n.Items()) {
			below = n.Items()[i]
		}
		if !below.There() {
			return holed || n.Null()
		}
		n = below
	}
	return n.Unread() || n.Holed()
}

// refused keeps a fault of what is read, or of what is below it, unless it may only follow
// from what could not be read. It answers it where it is one too many.
func (d *reader) refused(below []string, format string, args ...any) error {
	e := &Error{Message: fmt.Sprintf(format, args...), Way: append(slices.Clip(d.way), below...)}
	if d.unread(e.Way) {
		return nil
	}
	if d.faults = append(d.faults, e); len(d.faults) >= d.most {
		return e
	}
	return nil
}

// version takes 3.0, and 3.1 with a warning: what differs there are the schemas of
// bodies, which mean nothing to a gateway.
// Documented: API Gateway Developer Guide, Working with OpenAPI definitions for
// HTTP APIs: imports take OpenAPI 3.0 alone.
func (d *reader) version() error {
	version := d.root.Get("openapi").Text()
	is := func(line string) bool { return version == line || strings.HasPrefix(version, line+".") }
	switch {
	case d.root.Get("swagger").There():
		d.most = len(d.faults) + 1 // the rest of it has another form
		return d.refused([]string{"swagger"}, "Invalid OpenAPI input. Swagger 2.0 is not supported for HTTP APIs, use OpenAPI 3.0")
	case is("3.1") && !d.options.Strict:
		d.warn("OpenAPI " + version + " is read as OpenAPI 3.0; Amazon API Gateway refuses it")
	case !is("3.0"):
		return d.refused([]string{"openapi"}, "Invalid OpenAPI input. Expected an OpenAPI 3.0 document, got version %q", version)
	}
	return nil
}

// head reads what belongs to the whole API.
// Documented: API Gateway Developer Guide, x-amazon-apigateway-tag-value,
// x-amazon-apigateway-cors, x-amazon-apigateway-endpoint-configuration.
func (d *reader) head() error {
	d.about()
	for _, tag := range d.root.Get("tags").Items() {
		if value := tag.Get(tagValueMember); value.There() {
			if d.Tags == nil {
				d.Tags = map[string]string{}
			}
			d.Tags[tag.Get("name").Text()] = value.Text()
		}
	}
	if n := d.root.Get(corsMember); n.There() {
		if err := d.cors(n); err != nil {
			return err
		}
	}
	// The extension stands within a server in OpenAPI 3 and at the top in Swagger 2;
	// authors who moved from one to the other leave it at the top.
	for _, at := range append([]tree.Node{d.root}, d.root.Get("servers").Items()...) {
		if n := at.Get(endpointMember, "disableExecuteApiEndpoint"); n.There() {
			disabled := strings.EqualFold(n.Text(), "true")
			d.DisableEndpoint = &disabled
		}
	}
	// HTTP APIs have no resource policies. To drop one in silence would leave open
	// what its author thinks is closed.
	if d.root.Get(policyMember).There() {
		d.leaveOut("the resource policy", policyMember+" is not supported for HTTP APIs", policyMember+" is not supported for HTTP APIs and was ignored: it keeps nobody out")
	}
	if hooks := d.root.Get("webhooks"); hooks.Len() > 0 || hooks.IsObject() {
		d.info("webhooks are not supported for HTTP APIs and were ignored")
	}
	d.unknownExtensions(d.root, "", corsMember, endpointMember, policyMember, versionMember)
	return nil
}

// about reads what the API is called, with warnings in the words of AWS's parser.
//
// Assumed: a description that is longer than that of an API may be is cut.
func (d *reader) about() {
	// Documented: OpenAPI 3.0.3, Info Object: title and version are required.
	// Observed: a document that lacks them is imported all the same.
	info := d.root.Get("info")
	d.Title, d.Version, d.Description = info.Get("title").Text(), info.Get("version").Text(), info.Get("description").Text()
	if !info.There() {
		d.warn("Parse issue: attribute info is missing")
		return
	}
	for _, required := range []string{"title", "version"} {
		if info.Get(required).Text() == "" {
			d.warn("Parse issue: attribute info." + required + " is missing")
		}
	}
	if utf8.RuneCountInString(d.Description) > maxDescription {
		d.Description = string([]rune(d.Description)[:maxDescription])
		d.warn("The attribute info.description has more than 1024 characters and was cut")
	}
}

// unknownExtensions tells of the extensions of a part that are not read.
func (d *reader) unknownExtensions(n tree.Node, where string, known ...string) {
	for name := range n.Members() {
		if strings.HasPrefix(name, extension) && !slices.Contains(known, name) {
			d.info("The extension " + name + where + " is not supported for HTTP APIs and was ignored")
		}
	}
}

// cors reads the CORS rules. Keys of another spelling are not seen, as on AWS.
// Documented: API Gateway Developer Guide, x-amazon-apigateway-cors.
func (d *reader) cors(n tree.Node) error {
	var rules struct {
		AllowCredentials *flag   `json:"allowCredentials"`
		AllowHeaders     texts   `json:"allowHeaders"`
		AllowMethods     texts   `json:"allowMethods"`
		AllowOrigins     texts   `json:"allowOrigins"`
		ExposeHeaders    texts   `json:"exposeHeaders"`
		MaxAge           *number `json:"maxAge"`
	}
	if err := d.part(n, &rules, []string{corsMember}, "Invalid "+corsMember+": "); err != nil {
		return err
	}
	cors := &resource.Cors{AllowCredentials: (*bool)(rules.AllowCredentials), AllowHeaders: rules.AllowHeaders, AllowMethods: rules.AllowMethods,
		AllowOrigins: rules.AllowOrigins, ExposeHeaders: rules.ExposeHeaders, MaxAge: (*int32)(rules.MaxAge)}
	// An empty object is a configuration too: one that allows nobody. What is no
	// object, a lone true for one, says nothing.
	if !cors.Empty() || n.IsObject() && n.Len() == 0 {
		d.Cors = cors
	}
	return nil
}

// basepath reads what comes before each path.
// Documented: API Gateway Developer Guide, Set the OpenAPI basePath property:
// ignore drops it, prepend puts the whole before each path, split drops its first
// part and puts the rest there.
func (d *reader) basepath() error {
	mode := d.options.Basepath
	servers := d.root.Get("servers").Items()
	if mode == "" || mode == Ignore || len(servers) == 0 {
		return nil
	}
	base := serverPath(servers[0])
	if mode == Split && base != "" {
		_, rest, _ := strings.Cut(base[1:], "/")
		base = ""
		if rest != "" {
			base = "/" + rest
		}
	}
	d.prefix = base
	return nil
}

// serverPath is the base path of a server: what its variable basePath says, or
// else the path of its URL; "" or "/a/b".
// Documented: API Gateway Developer Guide, Set the OpenAPI basePath property: in
// OpenAPI 3 it is the variable basePath of a server, named in its URL or not;
// without the variable it is the path of the URL.
func serverPath(server tree.Node) string {
	base := server.Get("variables", "basePath", "default")
	path := base.Text()
	if !base.There() {
		u, err := url.Parse(address(server))
		if err != nil {
			return ""
		}
		path = u.Path
	}
	if path = strings.Trim(path, "/"); path == "" {
		return ""
	}
	return "/" + path
}

// maxAddress is how many bytes the address of a server may have; a longer one has
// no path that a route could have.
const maxAddress = 4 << 10

// address is the URL of a server with its variables, which hold no others.
// Documented: OpenAPI 3.0.3, Server Object: variables in braces are replaced in
// the URL. Their defaults are texts and not templates, so nothing is replaced
// twice.
func address(server tree.Node) string {
	rest, variables := server.Get("url").Text(), server.Get("variables")
	var b strings.Builder
	for rest != "" && b.Len() <= maxAddress {
		before, after, open := strings.Cut(rest, "{")
		name, end, closed := strings.Cut(after, "}")
		variable := variables.Get(name)
		b.WriteString(before)
		switch {
		case !open:
			return b.String()
		case !closed || !variable.There():
			b.WriteByte('{')
			rest = after
		default:
			b.WriteString(variable.Get("default").Text())
			rest = end
		}
	}
	if b.Len() > maxAddress {
		return ""
	}
	return b.String()
}
