package document

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/blame"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// version is the form of documents that is read and written here.
// A form that changes gets another number, so that an older server refuses what it
// would misread.
const version = 1

// DefaultAccount is the account of a document that names none.
const DefaultAccount = "000000000000"

var (
	// Ids may be words here: a document that people write by hand is read by them
	// too. AWS makes its own of lower-case letters and digits.
	idForm      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	apiIdForm   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
)

// Parse reads a document and gives the store's documents that it stands for, in
// the order in which they are to be created. Errors are of type *tree.Error. The same
// text gives the same documents. maxTemplate is how many characters a mapping
// template may have, 0 for AWS's.
func Parse(text []byte, maxTemplate int) ([]store.Document, error) {
	l := newLoader(maxTemplate)
	if err := l.read(text); err != nil {
		return nil, err
	}
	return l.List(context.Background(), "", 0, 0)
}

// ParseFile is Parse for a document that its user has named on a command line: it may
// name functions, whose code is run. They are given as they stand.
//
// complete, where it is not nil, may change the values of the document before they are read. What
// it cannot complete is Unread.
func ParseFile(text []byte, maxTemplate int, complete func(tree.Node) []*tree.Error) ([]store.Document, tree.Node, error) {
	l := newLoader(maxTemplate)
	l.named, l.complete = true, complete
	if err := l.read(text); err != nil {
		return nil, tree.Node{}, err
	}
	documents, err := l.List(context.Background(), "", 0, 0)
	return documents, l.functions, err
}

// Check tells all that Parse would refuse, where that tells the first: in the order in
// which things are loaded, and none for a document that is right. What may only follow
// from another fault is told, if it is still so, once that is mended.
func Check(text []byte, maxTemplate int) []*tree.Error {
	_, wrong := newLoader(maxTemplate).check(text)
	return wrong
}

// CheckFile is Check for a document that its user has named on a command line; complete is
// that of ParseFile. It answers the document too, completed, as far as it can be read.
func CheckFile(text []byte, maxTemplate int, complete func(tree.Node) []*tree.Error) (tree.Node, []*tree.Error) {
	l := newLoader(maxTemplate)
	l.named, l.complete = true, complete
	return l.check(text)
}

// check reads on after an error, and in spite of what is no YAML or JSON, so that one run
// tells of all.
func (l *loader) check(text []byte) (tree.Node, []*tree.Error) {
	l.all = true
	root, broken := tree.ParseAll(text)
	if l.found = broken; root.There() {
		_ = l.met(l.whole(text, root))
	}
	tree.Sort(l.found)
	return root, l.found
}

// loader puts the parts of a document into a collector.
type loader struct {
	*collector
	control *control.Control
	account string
	all     bool // errors are collected, so that the first ends nothing
	found   []*tree.Error
	told    blame.Told

	named     bool // on a command line, by whoever may run code here
	functions tree.Node
	complete  func(tree.Node) []*tree.Error // nil: the document is whole
}

// newLoader has the rules of the management API judge a document, so that a file cannot say
// what an operation would refuse.
func newLoader(maxTemplate int) *loader {
	l := &loader{collector: newCollector(), account: DefaultAccount}
	// The clock stands still: dates that the rules fill in must not make two
	// readings of one text differ.
	l.control = control.New(control.Config{Account: l.account, MaxTemplate: maxTemplate, Now: func() time.Time { return time.Unix(0, 0) }})
	return l
}

// read puts the whole document.
func (l *loader) read(text []byte) error {
	root, err := tree.Parse(text)
	if err != nil {
		return &tree.Error{Message: fault.Plain(err)}
	}
	return l.whole(text, root)
}

// whole is read for a text that is parsed.
func (l *loader) whole(text []byte, root tree.Node) error {
	if l.complete != nil {
		wrong := l.complete(root)
		if len(wrong) > 0 && !l.all {
			return wrong[0]
		}
		l.found = append(l.found, wrong...)
	}
	if l.all {
		l.gaps(root)
	}
	left := repeats(text)
	return l.load(context.Background(), place{Node: root, repeats: &left})
}

// met keeps an error where all are collected, and answers it otherwise.
func (l *loader) met(err error) error {
	if err == nil || !l.all {
		return err
	}
	e, ok := errors.AsType[*tree.Error](err)
	if !ok {
		e = &tree.Error{Message: fault.Plain(err)}
	}
	l.found = append(l.found, e)
	return nil
}

// load reads a whole document. A fault of one region does not keep the others from being read:
// all of them are told at once.
func (l *loader) load(ctx context.Context, root place) error {
	if root.Unread() {
		return nil
	}
	if !root.IsObject() {
		return root.wrong("expected a mapping with the members dragoman and regions")
	}
	rest, parts, err := root.split("dragoman", "account", "regions", "functions")
	if err != nil {
		return err
	}
	if err := l.only(rest, ""); err != nil {
		return err
	}
	// The number also tells this document from an OpenAPI one, which is sent to the
	// same command.
	if n := parts["dragoman"]; n.Text() != strconv.Itoa(version) && !n.Unread() && (n.There() || !root.Holed()) {
		at := parts["dragoman"].or(root)
		at.way = nil // the message has it
		if err := l.unread(at.wrong("expected dragoman: %d, the version of the document's form", version)); err != nil {
			return err
		}
	}
	if a := parts["account"]; !a.Null() {
		// Without its quotes an account is a number to YAML, and one with zeros at its
		// front may lose them.
		if l.account = a.Text(); !accountForm.MatchString(l.account) {
			l.account = DefaultAccount
			if err := l.unread(a.wrong("expected an account of 12 digits, in quotes")); err != nil {
				return err
			}
		}
	}
	if code, there := parts["functions"]; there && !l.named {
		if err := l.unread(code.wrong("code to run is named by a document on the command line alone (serve --config FILE, up FILE), never by one that comes through the management API or an import")); err != nil {
			return err
		}
	}
	l.functions = parts["functions"].Node
	regions, err := parts["regions"].entries()
	if err != nil {
		return err
	}
	for name, p := range regions {
		if !regionForm.MatchString(name) {
			if err := l.unread(p.wrong("%q is not the name of a region", name)); err != nil {
				return err
			}
			continue
		}
		r := &region{loader: l, name: name, put: l.control.Loader(l.collector, name, l.account)}
		r.collect(r.put)
		if err := l.unread(r.load(ctx, p)); err != nil {
			return err
		}
	}
	return nil
}

// region puts what belongs to one region.
type region struct {
	*loader
	name string
	put  *control.Loader
	at   place // what is being put
}

// collect makes errors of what is put end nothing, where all are collected.
func (r *region) collect(put *control.Loader) {
	if r.all {
		put.Collect(func(err error) { _ = r.judged(r.at.located(err)) })
	}
}

// load puts the parts of a region in an order in which each finds what it refers to.
func (r *region) load(ctx context.Context, p place) error {
	// Links come before the APIs whose integrations use them; domains, keys and
	// plans come after the APIs whose stages they name; portals come last, for they
	// list products.
	// Documented: API Gateway V2 API Reference, CreateIntegration (connectionId),
	// CreateApiMapping, CreatePortal.
	names := regionParts
	rest, parts, err := p.split(names...)
	if err != nil {
		return err
	}
	if err := r.only(rest, fmt.Sprintf(", expected one of %v", names)); err != nil {
		return err
	}
	// One call for each of the names above, in their order.
	for i, load := range []func(context.Context, string, place) error{r.vpcLink, r.api, r.domain, r.apiKey, r.usagePlan, r.product, r.portal} {
		if !parts[names[i]].There() {
			continue
		}
		err := r.each(names[i], parts[names[i]], func(id string, p place) error {
			r.at = p
			return p.located(load(ctx, id, p))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// listed reads the nouns of a mapping by id.
func listed[T any](l *loader, kind string, p place, give func(noun *T, id string)) ([]T, error) {
	var nouns []T
	err := l.each(kind, p, func(id string, p place) error {
		var noun T
		if err := l.decode(p, &noun); err != nil {
			return err
		}
		give(&noun, id)
		nouns = append(nouns, noun)
		return nil
	})
	return nouns, err
}

// each reads what a mapping has by id, and goes on after an error where they are collected.
func (l *loader) each(kind string, p place, read func(id string, p place) error) error {
	all, err := p.entries()
	if err != nil {
		return l.lose(kind, err)
	}
	for id, p := range all {
		if p.Unread() {
			continue
		}
		var err error
		// A domain is named by itself, which the rules of domain names judge.
		if kind != "domains" && kind != "stages" && !idForm.MatchString(id) {
			err = p.wrong("%q is not an id: want 1 to 64 letters, digits, - or _", id)
		} else {
			err = read(id, p)
		}
		if _, rule := errors.AsType[*ruleError](err); rule {
			err = l.judged(err)
		} else {
			err = l.lose(kind, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *region) vpcLink(ctx context.Context, id string, p place) error {
	var link resource.VpcLink
	if err := r.decode(p, &link); err != nil {
		return err
	}
	link.VpcLinkId = id
	return r.put.VpcLink(ctx, &link)
}

// domain puts a custom domain with what is mapped to it.
func (r *region) domain(ctx context.Context, name string, p place) error {
	rest, parts, err := p.split("mappings", "rules")
	if err != nil {
		return err
	}
	var domain resource.DomainName
	if err := r.decode(rest, &domain); err != nil {
		return err
	}
	domain.DomainName = name
	mappings, err := listed(r.loader, "mappings", parts["mappings"], func(m *resource.ApiMapping, id string) { m.ApiMappingId = id })
	if err != nil {
		return err
	}
	rules, err := listed(r.loader, "rules", parts["rules"], func(rule *resource.RoutingRule, id string) {
		rule.RoutingRuleId = id
		if rule.Conditions == nil {
			// Documented: API Gateway V2 API Reference, PutRoutingRule: conditions are
			// required and may be empty; such a rule takes every request.
			rule.Conditions = []resource.RoutingRuleCondition{}
		}
	})
	if err != nil {
		return err
	}
	// The rules see a domain whole: no two of its mappings may have one key, and no
	// two of its rules one priority.
	// Documented: API Gateway Developer Guide, Routing rules to connect API stages to a
	// custom domain name for REST APIs.
	return r.put.Domain(ctx, &domain, mappings, rules)
}

// apiKey puts an API key with its value, which a backup of the document must keep secret.
func (r *region) apiKey(ctx context.Context, id string, p place) error {
	var key resource.ApiKey
	if err := r.decode(p, &key); err != nil {
		return err
	}
	key.Id = id
	return r.put.ApiKey(ctx, &key)
}

// usagePlan puts a usage plan, and which keys are in it.
func (r *region) usagePlan(ctx context.Context, id string, p place) error {
	rest, parts, err := p.split("keys")
	if err != nil {
		return err
	}
	var plan resource.UsagePlan
	if err := r.decode(rest, &plan); err != nil {
		return err
	}
	plan.Id = id
	// A plan names its keys by id alone: the keys stand beside the plans with their
	// values, and one key may be in several plans.
	// Documented: API Gateway API Reference, CreateUsagePlanKey.
	keys := []string{}
	if k := parts["keys"]; !k.Null() {
		if err := r.decode(k, &keys); err != nil {
			return err
		}
	}
	return r.put.UsagePlan(ctx, &plan, keys)
}

func (r *region) product(ctx context.Context, id string, p place) error {
	rest, parts, err := p.split("pages", "endpoints", "sharingPolicy")
	if err != nil {
		return err
	}
	var product resource.ProductOnPage
	if err := r.decode(rest, &product.Product); err != nil {
		return err
	}
	product.Product.PortalProductId = id
	if product.Pages, err = listed(r.loader, "pages", parts["pages"], func(page *resource.ProductPage, id string) { page.ProductPageId = id }); err != nil {
		return err
	}
	product.Endpoints, err = listed(r.loader, "endpoints", parts["endpoints"], func(page *resource.ProductRestEndpointPage, id string) { page.ProductRestEndpointPageId = id })
	if err != nil {
		return err
	}
	// Documented: API Gateway V2 API Reference, PutPortalProductSharingPolicy: the
	// policy is a text of its own and no member of the product.
	return r.put.Product(ctx, &product, parts["sharingPolicy"].Text())
}

func (r *region) portal(ctx context.Context, id string, p place) error {
	var portal resource.Portal
	if err := r.decode(p, &portal); err != nil {
		return err
	}
	portal.PortalId = id
	return r.put.Portal(ctx, &portal)
}
