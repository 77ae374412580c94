package sam

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// other makes what is neither a function nor an HTTP API.
func (t *transform) other(r *resource) {
	switch r.kind {
	case "WebSocketApi":
		t.socketAPI(r)
	case "LayerVersion":
		t.layer(r)
	case "SimpleTable":
		t.table(r)
	case "Application":
		t.application(r)
	case "Api":
		t.restAPI(r, r.props.get("StageName").Node)
	case "Connector": // grants permissions, which nothing here asks for
		r.note("a connector has no effect here")
		r.gone = true
	}
}

// table makes a table with one key.
// Documented: AWS SAM Developer Guide, AWS::Serverless::SimpleTable.
// PrimaryKey is optional there, and so is ProvisionedThroughput, without which each request
// is paid for.
func (t *transform) table(r *resource) {
	p, from := r.props, r.begin()
	name, letter := text(from, "id"), text(from, "S")
	if key := p.get("PrimaryKey"); key.Len() > 0 {
		members("Name:t! Type:t!").judge(key, "PrimaryKey")
		name, letter = key.get("Name").Node, t.keyType(key.get("Type"))
	}
	definition := object(from).Put(text(from, "AttributeName"), name).Put(text(from, "AttributeType"), letter)
	schema := object(from).Put(text(from, "AttributeName"), name).Put(text(from, "KeyType"), text(from, "HASH"))
	properties := object(from).Put(text(from, "AttributeDefinitions"), list(from, definition)).Put(text(from, "KeySchema"), list(from, schema))
	if p.get("ProvisionedThroughput").Null() {
		properties.Put(text(from, "BillingMode"), text(from, "PAY_PER_REQUEST"))
	}
	copied(properties, p.Node, "ProvisionedThroughput", "SSESpecification", "PointInTimeRecoverySpecification", "TableName")
	if tags := p.get("Tags"); tags.Len() > 0 {
		properties.Put(tags.key, tagList(tags.key, "", tags.Node))
	}
	r.main("AWS::DynamoDB::Table", properties)
}

func (t *transform) keyType(s spot) tree.Node {
	letters := map[string]string{"String": "S", "Number": "N", "Binary": "B"}
	letter, known := letters[s.Text()]
	if !known && !s.Null() {
		s.misnamed("there is no type of key "+s.Text(), s.Text(), slices.Sorted(maps.Keys(letters)))
	}
	return text(s.begin(), letter)
}

// application makes a nested stack of a template beside this one, or at a URL. One of the
// Serverless Application Repository stays what it is.
// Documented: AWS SAM Developer Guide, AWS::Serverless::Application.
func (t *transform) application(r *resource) {
	p, from := r.props, r.begin()
	place := p.get("Location")
	if place.IsObject() && intrinsic(place.Node) == "" {
		return
	}
	// Documented: aws cloudformation package: a local file in TemplateURL is put into a
	// bucket, so Location becomes just that.
	stack := object(from).Put(text(from, "TemplateURL"), place.Node)
	copied(stack, p.Node, "Parameters", "NotificationARNs", "TimeoutInMinutes")
	r.main("AWS::CloudFormation::Stack", stack.Put(text(from, "Tags"), tagList(from, "lambda:createdBy", p.Node.Get("Tags"))))
}

// restAPI makes what a template may refer to of a REST API.
// It is not served, but outputs, policies and variables of functions name it.
// Documented: AWS SAM Developer Guide, Generated CloudFormation
// resources for AWS::Serverless::Api: an API, a stage and a deployment.
func (t *transform) restAPI(r *resource, stage tree.Node) {
	from := r.begin()
	api := copied(object(from), r.props.Node, "Name", "Description", "EndpointConfiguration", "BinaryMediaTypes")
	renamed(api, r.props.Node, "DefinitionBody", "Body")
	r.main("AWS::ApiGateway::RestApi", api)
	deployment, id := r.id+"Deployment", r.id+"Stage"
	if alphanumeric.MatchString(stage.Text()) {
		id = r.id + stage.Text() + "Stage"
	}
	r.beside(deployment, "AWS::ApiGateway::Deployment", object(from).Put(text(from, "RestApiId"), ref(from, r.id)))
	properties := object(from).Put(text(from, "RestApiId"), ref(from, r.id)).Put(text(from, "DeploymentId"), ref(from, deployment))
	if !stage.Null() {
		properties.Put(text(from, "StageName"), stage)
	}
	r.beside(id, "AWS::ApiGateway::Stage", renamed(properties, r.props.Node, "Variables", "Variables"))
	t.references.add(r.id, "Stage", id)
	t.references.add(r.id, "Deployment", deployment)
}

// stateMachine makes a state machine with the role that its executions have. Who starts
// it is left out.
// Documented: AWS SAM Developer Guide, AWS::Serverless::StateMachine.
func (t *transform) stateMachine(r *resource) {
	if r.kind != "StateMachine" {
		return
	}
	p, from := r.props, r.begin()
	properties := copied(object(from), p.Node, "Definition", "DefinitionSubstitutions")
	if uri := p.get("DefinitionUri"); !uri.Null() {
		properties.Put(text(uri.key, "DefinitionS3Location"), location(uri, "Bucket", "Key", "Version"))
	}
	for _, named := range [][2]string{{"Name", "StateMachineName"}, {"Type", "StateMachineType"}, {"Logging", "LoggingConfiguration"}, {"Tracing", "TracingConfiguration"}, {"Role", "RoleArn"}} {
		renamed(properties, p.Node, named[0], named[1])
	}
	if p.get("Role").Null() {
		properties.Put(text(from, "RoleArn"), attribute(from, r.id+"Role", "Arn"))
	}
	r.main("AWS::StepFunctions::StateMachine", properties.Put(text(from, "Tags"), tagList(from, "stateMachine:createdBy", p.Node.Get("Tags"))))
	if p.get("Role").Null() {
		managed := list(from)
		inline := policies(r, p.get("Policies"), managed)
		r.beside(r.id+"Role", "AWS::IAM::Role", object(from).Put(text(from, "AssumeRolePolicyDocument"), assumed(from, "states.amazonaws.com")).
			Put(text(from, "ManagedPolicyArns"), managed).Put(text(from, "Policies"), inline))
	}
	for id, s := range p.get("Events").members() {
		if s.Node.Get("Type").Text() == "Api" {
			t.implicitRest(s)
		}
		s.note("the event " + id + " of a state machine has no effect here")
	}
}
