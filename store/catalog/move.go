package catalog

import (
	"encoding/json"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// Renaming gives nouns of a region other ids: old to new, each. Portals and products name
// each other by ARNs, which get the account too.
type Renaming struct {
	Region, Account                   string
	Apis, VpcLinks, Products, Portals map[string]string
}

// Move gives a document of APIs, domains, VPC links or portals the key and body that it
// has under the new ids. The error is an *Unreadable.
func (n *Renaming) Move(doc store.Document) (store.Document, error) {
	path := store.Split(doc.Key)
	if len(path) < 3 {
		return doc, nil
	}
	var err error
	// The body is moved before the key: what cannot be read is named by the key that is stored.
	switch path[0] {
	case apis:
		err = edit(&doc, func(a *resource.Api) { n.api(&a.ApiId) })
	case config:
		if len(path) == 5 && path[3] == integrations {
			err = edit(&doc, n.integration)
		}
	case snapshots:
		err = n.snapshot(&doc)
	case apiMappings:
		err = edit(&doc, func(m *resource.ApiMapping) { n.api(&m.ApiId) })
	case routingRules:
		err = edit(&doc, func(rule *resource.RoutingRule) {
			for _, a := range rule.Actions {
				if a.InvokeApi != nil {
					n.api(&a.InvokeApi.ApiId)
				}
			}
		})
	case vpcLinks:
		err = edit(&doc, func(v *resource.VpcLink) { renamed(&v.VpcLinkId, n.VpcLinks) })
		renamed(&path[2], n.VpcLinks)
	}
	if err == nil {
		err = n.portal(path, &doc)
	}
	switch path[0] {
	case apis, config, marks, dues, resets, stages, deployments, snapshots:
		n.api(&path[2])
	}
	doc.Key = store.Join(path...)
	return doc, err
}

func renamed(id *string, to map[string]string) {
	if other, ok := to[*id]; ok {
		*id = other
	}
}

func (n *Renaming) api(id *string) { renamed(id, n.Apis) }

func (n *Renaming) integration(i *resource.Integration) {
	// Other connections have no id, and a text that looks like one is not a link.
	if i.ConnectionType == resource.VpcLinkType {
		renamed(&i.ConnectionId, n.VpcLinks)
	}
}

// snapshot moves what a deployment froze.
func (n *Renaming) snapshot(doc *store.Document) error {
	s, err := thaw(doc.Body)
	if err != nil {
		return &Unreadable{doc.Key, err}
	}
	n.api(&s.Api.ApiId)
	for i := range s.Integrations {
		n.integration(&s.Integrations[i])
	}
	doc.Body, err = Freeze(s)
	return err
}

// edit changes the noun of a document, which is encoded as Collection.Put does.
func edit[T any](doc *store.Document, change func(*T)) error {
	e := entry[T](*doc)
	if e.Err != nil {
		return e.Err
	}
	change(e.Noun)
	body, err := json.Marshal(e.Noun)
	doc.Body = body
	return err
}
