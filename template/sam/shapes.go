package sam

// shapes are the kinds of resources of SAM with their properties.
// Documented: AWS SAM Developer Guide, AWS SAM resources and properties. Properties of
// kinds that have no effect here are left to their readers.
var shapes = map[string]shape{
	"Function": members(`FunctionName Handler Runtime CodeUri ImageUri PackageType InlineCode DeadLetterQueue:o Description MemorySize Timeout VpcConfig:o Role
		AssumeRolePolicyDocument:o Policies RolePath PermissionsBoundary Environment:o Events:o Tags:o PropagateTags:t Tracing KmsKeyArn DeploymentPreference:o
		ReservedConcurrentExecutions Layers:l EventInvokeConfig:o EphemeralStorage:o AutoPublishAlias:t AutoPublishCodeSha256:t AutoPublishAliasAllProperties:t
		VersionDescription ProvisionedConcurrencyConfig:o FileSystemConfigs:l ImageConfig:o CodeSigningConfigArn Architectures:l SnapStart:o FunctionUrlConfig:o
		RuntimeManagementConfig:o LoggingConfig:o RecursiveLoop SourceKMSKeyArn TenancyConfig:o CapacityProviderConfig:o FunctionScalingConfig:o
		VersionDeletionPolicy PublishToLatestPublished DurableConfig:o`),
	"HttpApi": members(`Name StageName Tags:o PropagateTags:t DefinitionBody:o DefinitionUri:to StageVariables:o CorsConfiguration AccessLogSettings:o
		DefaultRouteSettings:o Auth:o RouteSettings:o Domain:o FailOnWarnings:t Description:t DisableExecuteApiEndpoint:t`),
	"WebSocketApi": members(`ApiKeySelectionExpression:t AccessLogSettings:o Auth:o DefaultRouteSettings:o Description:t DisableExecuteApiEndpoint:t Domain:o
		DisableSchemaValidation:t IpAddressType:t Name:t PropagateTags:t Routes:o! RouteSelectionExpression:t! RouteSettings:o StageName:t StageVariables:o Tags:o`),
	"LayerVersion": members(`LayerName:t Description:t ContentUri:to! CompatibleArchitectures:l CompatibleRuntimes:l LicenseInfo:t RetentionPolicy:t PublishLambdaVersion:t`),
	"SimpleTable":  members("PrimaryKey:o ProvisionedThroughput:o TableName:t Tags:o SSESpecification:o PointInTimeRecoverySpecification:o"),
	"StateMachine": members(`Definition:o DefinitionUri:to Logging:o Role RolePath DefinitionSubstitutions:o Events:o Name:t Type:t Tags:o PropagateTags:t Policies
		Tracing:o PermissionsBoundary AutoPublishAlias:t DeploymentPreference:o UseAliasAsEventTarget:t`),
	"Api": members(`Name StageName! Tags:o PropagateTags DefinitionBody:o DefinitionUri MergeDefinitions CacheClusterEnabled CacheClusterSize Variables:o
		EndpointConfiguration MethodSettings:l BinaryMediaTypes:l MinimumCompressionSize Cors Auth:o GatewayResponses:o AccessLogSetting:o CanarySetting:o
		TracingEnabled OpenApiVersion:t Models:o Domain:o FailOnWarnings Description Mode DisableExecuteApiEndpoint ApiKeySourceType AlwaysDeploy Policy
		SecurityPolicy EndpointAccessMode`),
	"Application": members("Location:to! Parameters:o NotificationARNs:l Tags:o TimeoutInMinutes TemplateUrl"),
	"Connector":   members("Source:o! Destination! Permissions:l! SourceReference:o"),
	"GraphQLApi":  members(`ApiKeys Auth Cache DataSources DomainName Functions LambdaAuthorizerFunction Logging Name OpenIDConnect Resolvers SchemaInline SchemaUri Tags XrayEnabled UserPool AdditionalAuthentication EnvironmentVariables IntrospectionConfig QueryDepthLimit ResolverCountLimit Visibility OwnerContact ApiType MergedApiExecutionRoleArn`),
	"WebFunction": members(`Runtime! AuthType! CodeUri FunctionName Timeout EnvironmentVariables ExecutionRoleArn EndpointName EndpointType EndpointDescription
		AutoDeploymentMode RevisionWeights ReplicaRegions RevisionDescription KmsKeyArn LoggingConfig ScalingConfig ThrottleConfig MaxConcurrencyPerEnvironment
		EntryPoint InlineCode Tags`),
	"CapacityProvider": members("CapacityProviderName VpcConfig OperatorRole Tags InstanceRequirements ScalingConfig KmsKeyArn PropagateTags"),
}

// has says whether a shape has a member of this name.
func (s shape) has(name string) bool {
	_, there := s.kinds[name]
	return there
}
