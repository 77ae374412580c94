package sam

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// globals are the sections of Globals and what may stand in them.
// Documented: AWS SAM Developer Guide, Globals section of the AWS SAM template.
var globals = map[string]shape{
	"Function": members(`Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig Environment:o Tags:o PropagateTags Tracing
		KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers:l DeploymentPreference:o RolePath PermissionsBoundary ReservedConcurrentExecutions
		ProvisionedConcurrencyConfig:o AssumeRolePolicyDocument:o EventInvokeConfig:o FileSystemConfigs:l CodeSigningConfigArn Architectures:l SnapStart:o
		EphemeralStorage:o FunctionUrlConfig:o RuntimeManagementConfig:o LoggingConfig:o RecursiveLoop SourceKMSKeyArn TenancyConfig:o
		CapacityProviderConfig:o FunctionScalingConfig:o VersionDeletionPolicy PublishToLatestPublished DurableConfig:o`),
	"Api": members(`Auth Name DefinitionUri CacheClusterEnabled CacheClusterSize MergeDefinitions Variables EndpointConfiguration MethodSettings BinaryMediaTypes
		MinimumCompressionSize Cors GatewayResponses AccessLogSetting CanarySetting TracingEnabled OpenApiVersion Domain AlwaysDeploy PropagateTags
		SecurityPolicy EndpointAccessMode`),
	"HttpApi": members("Auth:o AccessLogSettings:o StageVariables:o Tags:o CorsConfiguration DefaultRouteSettings:o Domain:o RouteSettings:o FailOnWarnings:t PropagateTags:t"),
	"WebSocketApi": members(`AccessLogSettings:o ApiKeySelectionExpression:t DefaultRouteSettings:o DisableExecuteApiEndpoint:t DisableSchemaValidation:t Domain:o
		IpAddressType:t PropagateTags:t RouteSelectionExpression:t RouteSettings:o StageVariables:o Tags:o`),
	"SimpleTable":      members("SSESpecification:o"),
	"StateMachine":     members("PropagateTags:t"),
	"LayerVersion":     members("PublishLambdaVersion:t"),
	"CapacityProvider": members("VpcConfig OperatorRole Tags InstanceRequirements ScalingConfig KmsKeyArn PropagateTags"),
}

// readGlobals keeps the sections, by the kind of resource that they are of.
// Documented: AWS SAM Developer Guide, Globals section of the AWS
// SAM template, Supported resources and properties: there are no sections but these.
func (t *transform) readGlobals(s spot) {
	t.globals = map[string]spot{}
	if s.Null() || !s.check(anObject) {
		return
	}
	names := make([]string, 0, len(globals))
	for kind := range globals {
		names = append(names, kind)
	}
	slices.Sort(names)
	for kind, section := range s.members() {
		allowed, known := globals[kind]
		switch {
		case !known:
			section.misnamed("Globals has no section "+kind, kind, names)
		case !section.IsObject():
			section.fault("it must be an object", "")
		default:
			t.checkGlobals(section, kind, allowed)
			t.globals[kind] = section
		}
	}
}

// checkGlobals tells members that resources of the kind have, but not Globals, apart from
// those that nobody has.
func (t *transform) checkGlobals(section spot, kind string, allowed shape) {
	for name, value := range section.members() {
		switch {
		case allowed.has(name):
			value.check(allowed.kinds[name])
		case shapes[kind].has(name):
			value.said.fault(source.At(value.begin(), value.path.String(), "Globals cannot set "+name, "set it on each "+prefix+kind))
		default:
			value.misnamed("Globals of "+kind+" has no member "+name, name, allowed.names)
		}
	}
}

// global is the properties of a resource with what Globals say of its kind, but for what
// the resource ignores.
// Documented: AWS SAM Developer Guide, Globals section, Overridable globals; AWS SAM
// resource attributes, IgnoreGlobals.
func (t *transform) global(r *resource) tree.Node {
	section, own := t.globals[r.kind].Node, r.props.Node
	if own.Null() {
		own = object(r.begin())
	}
	ignored := r.get("IgnoreGlobals")
	switch {
	case section.Null():
		return own
	case ignored.Text() == "*":
		return own
	case ignored.IsList():
		for _, item := range ignored.Items() {
			if !section.Get(item.Text()).There() {
				ignored.as(item).fault("Globals of "+r.kind+" does not set "+item.Text(), "")
			}
			section = section.Without(item.Text()).From(section)
		}
	case !ignored.Null():
		ignored.fault(`IgnoreGlobals must be "*" or a list of names`, "")
	}
	// A function runs on one architecture: its own takes the place of that of Globals.
	// Observed: aws/serverless-application-model#3945.
	if r.kind == "Function" && own.Get("Architectures").There() {
		section = section.Without("Architectures").From(section)
	}
	return t.merged(section, own)
}

// mostMerged is how many values Globals may give to all resources together: a template
// that is sent whole has no more.
const mostMerged = 300_000

// merged is what a resource says over what Globals say: objects member by member, lists
// one after the other, and of anything else the resource's.
// Documented: AWS SAM Developer Guide, Globals section, Overridable globals.
func (t *transform) merged(global, own tree.Node) tree.Node {
	if global.Null() {
		return own
	}
	// All that Globals say is copied to every resource of the kind, so a short template
	// could ask for a very long one.
	if t.left -= global.Len() + 1; t.left < 0 {
		if t.left += global.Len() + 1; t.left >= 0 {
			t.left = -1
			t.template.get("Globals").fault("Globals make the template too large", "say less in Globals, or IgnoreGlobals where it is not needed")
		}
		return own
	}
	switch {
	// A function is an object to whoever reads the text alone: what it comes to is not
	// known yet, so it is not merged into, but replaced.
	case global.IsObject() && own.IsObject() && intrinsic(global) == "" && intrinsic(own) == "":
		both, rest := object(own), fieldsOf(own)
		for key, value := range global.Pairs() {
			if i, there := rest.at[key.Text()]; there {
				key, value = rest.items[i].key, t.merged(value, rest.items[i].value)
			}
			both.Put(key, value)
		}
		of := fieldsOf(global)
		for key, value := range own.Pairs() {
			if _, there := of.at[key.Text()]; !there {
				both.Put(key, value)
			}
		}
		return both
	// Documented: AWS SAM Developer Guide, Globals section of the
	// AWS SAM template, Overridable globals: lists are additive, with the entries of
	// Globals in front. Duplicates stay.
	case global.IsList() && own.IsList():
		return list(own, append(global.Items(), own.Items()...)...)
	}
	return own
}
