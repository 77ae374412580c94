package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
	noun "github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/template/evaluate"
)

const deploymentType = "AWS::ApiGatewayV2::Deployment"

// Deployment says which deployment of a region is meant.
type Deployment struct{ Region, Stack, LogicalID string }

// Deployments tells what the deployments of resources are to be called. An id is drawn from
// what is deployed, so that another configuration is another deployment, as one gets that
// is made anew for each change; what a deployment or a stage says of itself gives no other
// id. Resources may say what they like of the ids: it is not looked at.
//
// Documented: API Gateway Developer Guide, a deployment is a snapshot of an API.
func Deployments(regions []Region, o Options) map[Deployment]string {
	ids := map[Deployment]string{}
	b := newBuilder(o)
	for i := range regions {
		if !slices.ContainsFunc(regions[i].Resources, func(r evaluate.Resource) bool { return r.Type == deploymentType }) {
			continue
		}
		g := newRegion(b, &regions[i])
		g.build()
		for _, a := range g.apis {
			for _, r := range a.deployments {
				ids[Deployment{g.name, r.Stack, r.LogicalID}] = r.id("deployment "+a.digest(), noun.DeploymentIdLength)
			}
		}
	}
	return ids
}

// deploysNothing are members of an API that no request is answered by.
var deploysNothing = []string{"name", "description", "version", "tags", "deployments", "stages"}

// digest tells configurations apart that are deployed. The order of a template means
// nothing.
func (a *api) digest() string {
	text, err := a.document().Without(deploysNothing...).JSON(tree.Limits{Bytes: maxDigested})
	if err != nil {
		text = []byte(err.Error()) // it is too long to be served as well, which is told elsewhere
	}
	var ordered any
	if json.Unmarshal(text, &ordered) == nil {
		text, _ = json.Marshal(ordered) // of what was JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// maxDigested is more than a template can say of one API.
const maxDigested = 64 << 20

// deployment puts a deployment, which is one of the API as the document has it. A stage
// that is named moves to it.
//
// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Deployment.
func (g *region) deployment(r *resource) {
	a := g.apiOf(r)
	a.deployments = append(a.deployments, r)
	n := g.convert(r, "CreateDeployment")
	g.put(a, "deployments", r, r.PhysicalID, n.Without("stageName"))
	name := r.get("StageName")
	if name.Text() == "" {
		return
	}
	// Its page says that StageName is that of an existing stage. A stage that names a
	// deployment of its own, or that is deployed by itself, is left as it is: the order of
	// resources means nothing here.
	stage := a.parts["stages"].Get(name.Text())
	switch {
	case a.detached:
	case !stage.There():
		g.lost(r, "stages", name, r.properties().Below("StageName"), "the API has no stage "+short(name.Text()), "a stage that the template makes may be named by Ref")
	case !stage.Get("deploymentId").There() && stage.Get("autoDeploy").Text() != "true":
		stage.Set("deploymentId", tree.Text(r.PhysicalID))
	}
}
