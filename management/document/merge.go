package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Merged is what became of a document that was added to a store.
type Merged struct {
	Made    map[string]int `json:"made"` // how many of which noun
	Renamed []Rename       `json:"renamed,omitempty"`
	LeftOut []LeftOut      `json:"leftOut,omitempty"`
}

// Rename tells of an id that was taken.
type Rename struct {
	What string `json:"what"` // "API"
	From string `json:"from"`
	To   string `json:"to"`
}

// LeftOut tells of a noun that has no place beside what is there.
type LeftOut struct {
	What string `json:"what"` // "mapping abc123 of the domain api.example.com"
	Why  string `json:"why"`
}

// mergeable are the parts of a region that can be added: what else a document may have
// is named from outside, in the keys that clients send.
var mergeable = []string{"apis", "domains", "vpcLinks", "portalProducts", "portals"}

// Mergeable refuses a document with parts that Merge has no way to add. The error is of
// type *tree.Error.
func Mergeable(text []byte) error {
	root, err := tree.Parse(text)
	if err != nil {
		return &tree.Error{Message: fault.Plain(err)}
	}
	for region, n := range root.Get("regions").Members() {
		for name, part := range n.Members() {
			// Refused whole before anything is written: half a document is harder to mend than none.
			if !slices.Contains(mergeable, name) && part.Len() > 0 {
				return &tree.Error{Line: part.Line(), Path: "regions." + region + "." + name, Message: fmt.Sprintf("this part cannot be added to a gateway, only %v can", mergeable)}
			}
		}
	}
	return nil
}

// Merge adds what Parse gave to what a transaction sees, and removes nothing. An id that
// is taken becomes another one; a VPC link that is there as it is wanted is the one that
// is meant. Portals and products get the ARNs of this account. A domain that is there stays as it is: mappings and rules are added where
// the rules allow it beside those that it has.
func Merge(ctx context.Context, tx store.Tx, c *control.Control, account string, wanted []store.Document) (*Merged, error) {
	m := &merger{tx: tx, control: c, account: account, merged: &Merged{Made: map[string]int{}}, names: map[string]*catalog.Renaming{}, there: map[store.Key]bool{}}
	for _, doc := range wanted {
		if err := m.look(ctx, doc); err != nil {
			return nil, err
		}
	}
	// All is looked at before the first is put: a document names by ids what stands behind it,
	// and each of those may get another.
	for _, doc := range wanted {
		if err := m.add(ctx, doc); err != nil {
			return nil, err
		}
	}
	return m.merged, nil
}

// merger adds a document to what is stored, and changes nothing that is there: what has the same
// id gets another, what is the same already stays.
type merger struct {
	tx      store.Tx
	control *control.Control
	account string
	merged  *Merged
	names   map[string]*catalog.Renaming // by region
	there   map[store.Key]bool           // links and domains that stay as they are
}

// look finds out what of a document is there, and another id where its own is taken.
func (m *merger) look(ctx context.Context, doc store.Document) error {
	what, region, apiId, name := catalog.Classify(store.Change{Key: doc.Key})
	if m.names[region] == nil {
		m.names[region] = &catalog.Renaming{Region: region, Account: m.account,
			Apis: map[string]string{}, VpcLinks: map[string]string{}, Products: map[string]string{}, Portals: map[string]string{}}
	}
	switch what {
	case catalog.ChangedApi:
		return m.lookApi(ctx, region, apiId)
	case catalog.ChangedVpcLink:
		return m.lookLink(ctx, region, name, doc)
	case catalog.ChangedPortal:
		return m.lookPortal(ctx, region, name, doc)
	case catalog.ChangedDomain:
		_, err := m.tx.Get(ctx, doc.Key)
		if doc.Key == catalog.DomainNames(region).Key(name) && err == nil {
			m.there[doc.Key] = true
			m.leave("domain "+name, "it is there and stays as it is, but for the mappings and rules that it gets")
		}
		return ignoreAbsent(err)
	}
	return nil
}

// lookApi asks all regions: the id of an API is part of a host name.
func (m *merger) lookApi(ctx context.Context, region, id string) error {
	all, err := catalog.ListApis(ctx, m.tx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(a catalog.Located[resource.Api]) bool { return a.ApiId == id }) {
		// Ids are random: merging the same document twice makes two APIs, and Renamed tells.
		m.names[region].Apis[id] = resource.NewId(resource.ApiIdLength)
		m.merged.Renamed = append(m.merged.Renamed, Rename{"API", id, m.names[region].Apis[id]})
	}
	return nil
}

func (m *merger) lookLink(ctx context.Context, region, id string, doc store.Document) error {
	stored, err := catalog.VpcLinks(region).Get(ctx, m.tx, id)
	if err != nil {
		return ignoreAbsent(err)
	}
	var link resource.VpcLink
	if err := json.Unmarshal(doc.Body, &link); err != nil {
		return err
	}
	// What a link is made of cannot be changed, so that one with the same networks is
	// the same. Documented: API Gateway V2 API Reference, UpdateVpcLink.
	m.there[doc.Key] = stored.Deleted == 0 && slices.Equal(stored.SubnetIds, link.SubnetIds) && slices.Equal(stored.SecurityGroupIds, link.SecurityGroupIds)
	if !m.there[doc.Key] {
		m.names[region].VpcLinks[id] = resource.NewId(resource.VpcLinkIdLength)
		m.merged.Renamed = append(m.merged.Renamed, Rename{"VPC link", id, m.names[region].VpcLinks[id]})
	}
	return nil
}

// lookPortal gives a portal or product another id where its own is taken.
func (m *merger) lookPortal(ctx context.Context, region, id string, doc store.Document) error {
	what, taken := "", map[string]string(nil)
	switch doc.Key {
	case catalog.Portals(region).Key(id):
		what, taken = "portal", m.names[region].Portals
	case catalog.PortalProducts(region).Key(id):
		what, taken = "portal product", m.names[region].Products
	default: // pages and policies go with their product, what is published with its portal
		return nil
	}
	if _, err := m.tx.Get(ctx, doc.Key); err != nil {
		return ignoreAbsent(err)
	}
	// What names it by its ARN is renamed with it, see Move.
	taken[id] = resource.NewId(resource.PortalIdLength)
	m.merged.Renamed = append(m.merged.Renamed, Rename{what, id, taken[id]})
	return nil
}

func (m *merger) leave(what, why string) {
	m.merged.LeftOut = append(m.merged.LeftOut, LeftOut{what, why})
}

// add puts one document, under the ids that are free.
func (m *merger) add(ctx context.Context, doc store.Document) error {
	if m.there[doc.Key] {
		return nil
	}
	// By the id that the document has: what is there is known under it.
	what, region, _, name := catalog.Classify(store.Change{Key: doc.Key})
	doc, err := m.names[region].Move(doc)
	if err != nil {
		return err
	}
	if what == catalog.ChangedDomain && m.there[catalog.DomainNames(region).Key(name)] {
		return m.addBelow(ctx, region, name, doc)
	}
	// Nothing is judged again here: Parse has held it to the rules, and its id is free.
	if err := m.tx.Put(ctx, doc.Key, doc.Body); err != nil {
		return err
	}
	m.count(doc)
	return nil
}

func (m *merger) count(doc store.Document) {
	if noun := catalog.Noun(doc.Key); noun != "" {
		m.merged.Made[noun]++
	}
}

// addBelow puts a mapping or rule of a domain that is there, if the rules take it.
func (m *merger) addBelow(ctx context.Context, region, domain string, doc store.Document) error {
	l := m.control.Loader(m.tx, region, m.account)
	var err error
	if doc.Key.Parent() == catalog.ApiMappings(region, domain).Prefix() {
		err = addTo(ctx, m.tx, catalog.ApiMappings(region, domain), doc, func(noun *resource.ApiMapping) error {
			return l.Mapping(ctx, domain, noun)
		}, func(noun *resource.ApiMapping) *string { return &noun.ApiMappingId })
	} else {
		err = addTo(ctx, m.tx, catalog.RoutingRules(region, domain), doc, func(noun *resource.RoutingRule) error {
			return l.Rule(ctx, domain, noun)
		}, func(noun *resource.RoutingRule) *string { return &noun.RoutingRuleId })
	}
	if err == nil {
		m.count(doc)
		return nil
	}
	// A store that fails ends the whole, while a rule that refuses one mapping leaves that one out.
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	m.leave(catalog.Noun(doc.Key)+" "+doc.Key.Name()+" of the domain "+domain, fault.Message(err))
	return nil
}

// addTo puts a noun, under a new id where its own is taken.
func addTo[T any](ctx context.Context, tx store.Tx, at catalog.Collection[T], doc store.Document, put func(*T) error, id func(*T) *string) error {
	noun := new(T)
	if err := json.Unmarshal(doc.Body, noun); err != nil {
		return err
	}
	_, err := at.Entry(ctx, tx, *id(noun))
	if err == nil {
		*id(noun) = resource.NewId(resource.ApiMappingIdLength) // as long as those of rules
	} else if !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	return put(noun)
}
