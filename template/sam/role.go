package sam

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// role is the execution role of a function that names none. It is there to be referred
// to; policy templates are left out, for nothing here reads policies.
func (t *transform) role(r *resource) tree.Node {
	p, from := r.props, r.begin()
	trust := p.Node.Get("AssumeRolePolicyDocument")
	if trust.Null() {
		trust = assumed(from, "lambda.amazonaws.com")
	}
	// Observed: the translator always lets a function write its logs, trace when Tracing is
	// said, and reach into a VPC when it is to be in one.
	managed := list(from, managedPolicy(from, "service-role/AWSLambdaBasicExecutionRole"))
	if !p.get("Tracing").Null() {
		managed.Add(managedPolicy(from, "AWSXrayWriteOnlyAccess"))
	}
	if !p.get("VpcConfig").Null() {
		managed.Add(managedPolicy(from, "service-role/AWSLambdaVPCAccessExecutionRole"))
	}
	inline := policies(r, p.get("Policies"), managed)
	role := object(from).Put(text(from, "AssumeRolePolicyDocument"), trust).Put(text(from, "ManagedPolicyArns"), managed)
	if inline.Len() > 0 {
		role.Put(text(from, "Policies"), inline)
	}
	renamed(role, p.Node, "RolePath", "Path")
	copied(role, p.Node, "PermissionsBoundary")
	return role.Put(text(from, "Tags"), tagList(from, "lambda:createdBy", p.Node.Get("Tags")))
}

// assumed is a trust policy for a service.
func assumed(from tree.Node, service string) tree.Node {
	statement := object(from).Put(text(from, "Action"), list(from, text(from, "sts:AssumeRole"))).Put(text(from, "Effect"), text(from, "Allow")).
		Put(text(from, "Principal"), object(from).Put(text(from, "Service"), list(from, text(from, service))))
	return object(from).Put(text(from, "Version"), text(from, "2012-10-17")).Put(text(from, "Statement"), list(from, statement))
}

func managedPolicy(from tree.Node, name string) tree.Node {
	return sub(from, "arn:${AWS::Partition}:iam::aws:policy/"+name, tree.Node{})
}

// policies are the documents among the policies of a resource; it adds the names and ARNs
// of others to those of managed policies.
// Documented: AWS SAM Developer Guide, AWS::Serverless::Function,
// Policies: names and ARNs of managed policies, documents of policies, and policy
// templates.
// Observed: the translator numbers a document by its place among all policies.
func policies(r *resource, s spot, managed tree.Node) tree.Node {
	items, inline := []tree.Node{s.Node}, list(s.begin())
	if s.IsList() {
		items = s.Items()
	}
	for i, policy := range items {
		switch {
		case policy.Null() || isNoValue(policy):
		case isText(policy) && !strings.HasPrefix(policy.Text(), "arn:"):
			managed.Add(managedPolicy(policy, policy.Text()))
		case isText(policy) || intrinsic(policy) != "":
			managed.Add(policy)
		case policy.Get("Statement").There():
			name := text(policy, r.id+"RolePolicy"+strconv.Itoa(i))
			inline.Add(object(policy).Put(text(policy, "PolicyName"), name).Put(text(policy, "PolicyDocument"), policy))
		}
	}
	return inline
}
