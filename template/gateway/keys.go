package gateway

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// usagePlan is a usage plan with the ids of its keys.
type usagePlan struct {
	id   string
	node tree.Node
	keys tree.Node
}

// tagged is a resource whose tags are a map, as the API has them: those of the older types
// are a list of Key and Value.
func (g *region) tagged(r *resource) *resource {
	list := r.get("Tags")
	if !list.IsList() {
		return r
	}
	tags := tree.Object()
	for i, item := range list.Items() {
		if item.Get("Key").Text() == "" {
			g.fault(r, item, r.properties().Below("Tags").Below(strconv.Itoa(i)), "expected Key and Value", "")
			continue
		}
		tags.Set(item.Get("Key").Text(), tree.Text(item.Get("Value").Text()))
	}
	return r.with("Tags", tags)
}

// apiKey puts a key. One without a value gets one that is drawn from its id, so that it
// is the same at each start.
//
// Documented: CloudFormation Template Reference, AWS::ApiGateway::ApiKey.
func (g *region) apiKey(r *resource) {
	r = g.tagged(r)
	stages := tree.List()
	for _, key := range r.get("StageKeys").Items() {
		if id := key.Get("RestApiId").Text(); g.known[id] != nil { // others are stages of REST APIs
			stages.Add(tree.Text(id + "/" + key.Get("StageName").Text()))
		}
	}
	n := g.convert(r, "CreateApiKey").Without("stageKeys", "generateDistinctId").SetFilled("stageKeys", stages)
	if !n.Get("value").There() {
		n.Set("value", tree.Text(r.id("value", 40)))
	}
	if !n.Get("name").There() {
		n.Set("name", tree.Text(r.LogicalID))
	}
	// Documented: CloudFormation Template Reference, AWS::ApiGateway::ApiKey, Enabled: a
	// key cannot be used unless this is true, which the document says outright.
	if !n.Get("enabled").There() {
		n.Set("enabled", tree.Bool(false))
	}
	g.apiKeys.Set(r.PhysicalID, n)
	g.came(g.at("apiKeys."+r.PhysicalID), whole(r))
}

// usagePlan puts a plan, with those of its stages that are served here.
//
// Documented: CloudFormation Template Reference, AWS::ApiGateway::UsagePlan.
func (g *region) usagePlan(r *resource) {
	r = g.tagged(r)
	if all := r.get("ApiStages"); all.IsList() {
		ours := tree.List().From(all)
		for _, stage := range all.Items() {
			// A plan may have stages of REST APIs among others: these are not served, and
			// are no fault of its.
			if g.known[stage.Get("ApiId").Text()] != nil {
				ours.Add(stage)
			}
		}
		r = r.with("ApiStages", ours)
	}
	n := g.convert(r, "CreateUsagePlan", "UsagePlanName")
	// Documented: CloudFormation Template Reference, AWS::ApiGateway::UsagePlan:
	// UsagePlanName need not be given. Assumed: what stands for it.
	name := r.text("UsagePlanName")
	if name == "" {
		name = r.LogicalID
	}
	n = n.Without("name").Set("name", tree.Text(name))
	g.usagePlans = append(g.usagePlans, &usagePlan{id: r.PhysicalID, node: n, keys: tree.List()})
	g.came(g.at("usagePlans."+r.PhysicalID), whole(r))
}

func (g *region) usagePlanKey(r *resource) {
	key, id := r.get("KeyId"), r.get("UsagePlanId")
	for _, p := range g.usagePlans {
		if p.id == id.Text() && g.apiKeys.Get(key.Text()).There() {
			g.came(g.at("usagePlans."+p.id+".keys."+strconv.Itoa(p.keys.Len())), whole(r))
			p.keys.Add(tree.Text(key.Text()))
			return
		}
	}
	missing, name := id, "UsagePlanId"
	if !g.apiKeys.Get(key.Text()).There() {
		missing, name = key, "KeyId"
	}
	if r.Lacks(name) {
		return
	}
	g.lost(r, name, missing, r.properties().Below(name), name+" "+strconv.Quote(short(missing.Text()))+" is in no template", strings.TrimSuffix(name, "Id")+"s are named by Ref")
}
