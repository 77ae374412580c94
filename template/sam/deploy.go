package sam

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

const (
	deployments    = "ServerlessDeploymentApplication"
	deploymentRole = "CodeDeployServiceRole"
)

// paces are how CodeDeploy gives a new version its calls.
// Documented: AWS SAM Developer Guide, DeploymentPreference.
var paces = []string{"Canary10Percent5Minutes", "Canary10Percent10Minutes", "Canary10Percent15Minutes", "Canary10Percent30Minutes", "Linear10PercentEvery1Minute",
	"Linear10PercentEvery2Minutes", "Linear10PercentEvery3Minutes", "Linear10PercentEvery10Minutes", "AllAtOnce"}

// deployed makes what gives new versions of a function their calls, and answers the
// policy that an alias has for it. It is there to be referred to.
func (t *transform) deployed(r *resource) tree.Node {
	p := r.props
	unpublished := p.get("AutoPublishAlias").Null()
	// Documented: AWS SAM Developer Guide,
	// AWS::Serverless::Function, ProvisionedConcurrencyConfig: AutoPublishAlias is required
	// with it, for Lambda keeps instances ready for aliases and versions alone.
	if s := p.get("ProvisionedConcurrencyConfig"); s.Len() > 0 && unpublished {
		s.fault("ProvisionedConcurrencyConfig needs AutoPublishAlias", "")
	}
	// Documented: AWS SAM Developer Guide, DeploymentPreference,
	// Enabled: it is true unless false is said. A function that cannot be looked through
	// leaves it on.
	s := p.get("DeploymentPreference")
	enabled := t.known(s.get("Enabled"))
	if s.Len() == 0 || intrinsic(s.Node) != "" || !enabled.Null() && isText(enabled.Node) && !yes(enabled.Node) {
		return tree.Node{}
	}
	s.note("a new version is used at once: DeploymentPreference has no effect")
	if unpublished {
		s.fault("DeploymentPreference needs AutoPublishAlias", "")
		return tree.Node{}
	}
	if s.get("Type").Null() {
		s.get("Type").fault("DeploymentPreference needs Type", "such as "+paces[len(paces)-1])
	}
	from, id := s.begin(), r.id+"DeploymentGroup"
	t.deploys(s, from)
	r.beside(id, "AWS::CodeDeploy::DeploymentGroup", deploymentGroup(s, from))
	// Documented: AWS SAM Developer Guide, DeploymentPreference,
	// PassthroughCondition: false is the default, and then the group is made even where the
	// function's condition does not hold.
	if !yes(s.Node.Get("PassthroughCondition")) {
		last := &r.made[len(r.made)-1]
		last.node = last.node.Without("Condition").From(last.node)
	}
	policy := object(from).Put(text(from, "ApplicationName"), ref(from, deployments)).Put(text(from, "DeploymentGroupName"), ref(from, id))
	renamed(policy, s.Node.Get("Hooks"), "PreTraffic", "BeforeAllowTrafficHook")
	renamed(policy, s.Node.Get("Hooks"), "PostTraffic", "AfterAllowTrafficHook")
	return object(from).Put(text(from, "CodeDeployLambdaAliasUpdate"), policy)
}

// deploys makes what all deployments of a template share.
// Documented: AWS SAM Developer Guide, Generated CloudFormation
// resources when you specify DeploymentPreference: one application serves all functions,
// and one role those that name none.
func (t *transform) deploys(s spot, from tree.Node) {
	t.shared(deployments, "AWS::CodeDeploy::Application", object(from).Put(text(from, "ComputePlatform"), text(from, "Lambda")))
	if s.get("Role").Null() {
		t.shared(deploymentRole, "AWS::IAM::Role", object(from).Put(text(from, "AssumeRolePolicyDocument"), assumed(from, "codedeploy.amazonaws.com")).
			Put(text(from, "ManagedPolicyArns"), list(from, managedPolicy(from, "service-role/AWSCodeDeployRoleForLambda"))))
	}
}

// deploymentGroup is what CodeDeploy is told of one function.
// Observed: the translator always asks for a rollback of what failed or was stopped, and
// for a shift from blue to green: templates have no say in these.
func deploymentGroup(s spot, from tree.Node) tree.Node {
	group := object(from).Put(text(from, "ApplicationName"), ref(from, deployments)).Put(text(from, "AlarmConfiguration"), each(s.Node.Get("Alarms"), alarms)).
		Put(text(from, "AutoRollbackConfiguration"), object(from).Put(text(from, "Enabled"), truth(from, true)).Put(text(from, "Events"),
			list(from, text(from, "DEPLOYMENT_FAILURE"), text(from, "DEPLOYMENT_STOP_ON_ALARM"), text(from, "DEPLOYMENT_STOP_ON_REQUEST")))).
		Put(text(from, "DeploymentStyle"), object(from).Put(text(from, "DeploymentType"), text(from, "BLUE_GREEN")).Put(text(from, "DeploymentOption"), text(from, "WITH_TRAFFIC_CONTROL")))
	if role := s.Node.Get("Role"); !role.Null() {
		group.Put(text(from, "ServiceRoleArn"), role)
	} else {
		group.Put(text(from, "ServiceRoleArn"), attribute(from, deploymentRole, "Arn"))
	}
	if kind := s.Node.Get("Type"); !kind.Null() {
		group.Put(text(from, "DeploymentConfigName"), pace(kind))
	}
	return copied(group, s.Node, "TriggerConfigurations")
}

// alarms are those that end a deployment, as CodeDeploy has them.
// Observed: the translator switches alarms off when nothing but AWS::NoValue is left of
// them.
func alarms(n tree.Node) tree.Node {
	all := list(n)
	for _, name := range n.Items() {
		if !isNoValue(name) {
			all.Add(object(name).Put(text(name, "Name"), name))
		}
	}
	return object(n).Put(text(n, "Enabled"), truth(n, all.Len() > 0)).Put(text(n, "Alarms"), all)
}

// pace is the name that CodeDeploy has for a kind of deployment of its own, anywhere in a
// value; others keep theirs.
// Documented: AWS SAM Developer Guide, DeploymentPreference, Type:
// a short name of the list stands for a configuration of CodeDeploy's; a custom one is
// named in full.
func pace(n tree.Node) tree.Node {
	switch name := strings.TrimSpace(n.Text()); {
	case slices.Contains(paces, name):
		return sub(n, "CodeDeployDefault.Lambda${ConfigName}", object(n).Put(text(n, "ConfigName"), text(n, name)))
	case intrinsic(n) == "Fn::If":
		return each(n, pace)
	}
	return n
}

// shared makes a resource that several may ask for.
func (t *transform) shared(id, kind string, properties tree.Node) {
	if t.byID[id] != nil {
		return
	}
	r := &resource{spot: t.template.get("Resources").as(object(properties)), id: id}
	r.add(id, kind, properties)
	t.resources, t.byID[id] = append(t.resources, r), r
}
