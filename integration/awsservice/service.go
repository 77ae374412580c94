package awsservice

// protocol is how a service wants an action named.
type protocol uint8

const (
	rest    protocol = iota // paths only
	rpcJSON                 // X-Amz-Target and a JSON body
	query                   // Action and Version among form parameters
	both                    // rpcJSON or query, as the body is
)

// service is what a call needs to know of one. The name in a URI, the host, the
// name to sign with and the id by which an SDK finds a configured endpoint may
// all differ.
type service struct {
	id       string // the SDK's id, which names its configured endpoint
	host     string // first part of its public host; "" for the service's name
	signing  string // "" for the service's name
	protocol protocol
	target   string // prefix of X-Amz-Target
	json     string // version of its JSON protocol
	version  string // of its query API
	global   bool
}

// lookup finds a service by the name that it has in integration URIs. Others are
// called by path under their own name: most services are REST and have one name
// for everything.
func lookup(name string) service {
	s, ok := known[name]
	if !ok {
		s.id = name
	}
	if s.host == "" {
		s.host = name
	}
	if s.signing == "" {
		s.signing = name
	}
	return s
}

// known is the table of services. Names, targets and versions are those of the
// AWS service models: endpointPrefix, signingName, targetPrefix, jsonVersion and
// apiVersion. A service that is not here can be called by path alone, since its
// protocol is not known.
var known = map[string]service{
	"dynamodb":         {id: "DynamoDB", protocol: rpcJSON, target: "DynamoDB_20120810", json: "1.0"},
	"streams.dynamodb": {id: "DynamoDB Streams", signing: "dynamodb", protocol: rpcJSON, target: "DynamoDBStreams_20120810", json: "1.0"},
	"states":           {id: "SFN", protocol: rpcJSON, target: "AWSStepFunctions", json: "1.0"},
	"kinesis":          {id: "Kinesis", protocol: rpcJSON, target: "Kinesis_20131202", json: "1.1"},
	"firehose":         {id: "Firehose", protocol: rpcJSON, target: "Firehose_20150804", json: "1.1"},
	"events":           {id: "EventBridge", protocol: rpcJSON, target: "AWSEvents", json: "1.1"},
	"logs":             {id: "CloudWatch Logs", protocol: rpcJSON, target: "Logs_20140328", json: "1.1"},
	"ssm":              {id: "SSM", protocol: rpcJSON, target: "AmazonSSM", json: "1.1"},
	"secretsmanager":   {id: "Secrets Manager", protocol: rpcJSON, target: "secretsmanager", json: "1.1"},
	"kms":              {id: "KMS", protocol: rpcJSON, target: "TrentService", json: "1.1"},
	"cognito-idp":      {id: "Cognito Identity Provider", protocol: rpcJSON, target: "AWSCognitoIdentityProviderService", json: "1.1"},
	"cognito-identity": {id: "Cognito Identity", protocol: rpcJSON, target: "AWSCognitoIdentityService", json: "1.1"},
	"comprehend":       {id: "Comprehend", protocol: rpcJSON, target: "Comprehend_20171127", json: "1.1"},
	"translate":        {id: "Translate", protocol: rpcJSON, target: "AWSShineFrontendService_20170701", json: "1.1"},
	"rekognition":      {id: "Rekognition", protocol: rpcJSON, target: "RekognitionService", json: "1.1"},
	"textract":         {id: "Textract", protocol: rpcJSON, target: "Textract", json: "1.1"},
	"transcribe":       {id: "Transcribe", protocol: rpcJSON, target: "Transcribe", json: "1.1"},
	"ecs":              {id: "ECS", protocol: rpcJSON, target: "AmazonEC2ContainerServiceV20141113", json: "1.1"},
	"ecr":              {id: "ECR", host: "api.ecr", protocol: rpcJSON, target: "AmazonEC2ContainerRegistry_V20150921", json: "1.1"},
	"athena":           {id: "Athena", protocol: rpcJSON, target: "AmazonAthena", json: "1.1"},
	"glue":             {id: "Glue", protocol: rpcJSON, target: "AWSGlue", json: "1.1"},
	"sagemaker":        {id: "SageMaker", host: "api.sagemaker", protocol: rpcJSON, target: "SageMaker", json: "1.1"},
	"codebuild":        {id: "CodeBuild", protocol: rpcJSON, target: "CodeBuild_20161006", json: "1.1"},
	"codepipeline":     {id: "CodePipeline", protocol: rpcJSON, target: "CodePipeline_20150709", json: "1.1"},
	"acm":              {id: "ACM", protocol: rpcJSON, target: "CertificateManager", json: "1.1"},
	"tagging":          {id: "Resource Groups Tagging API", protocol: rpcJSON, target: "ResourceGroupsTaggingAPI_20170126", json: "1.1"},
	"servicediscovery": {id: "ServiceDiscovery", protocol: rpcJSON, target: "Route53AutoNaming_v20170314", json: "1.1"},
	"wafv2":            {id: "WAFV2", protocol: rpcJSON, target: "AWSWAF_20190729", json: "1.1"},

	"sqs":                  {id: "SQS", protocol: both, target: "AmazonSQS", json: "1.0", version: "2012-11-05"},
	"sns":                  {id: "SNS", protocol: query, version: "2010-03-31"},
	"sts":                  {id: "STS", protocol: query, version: "2011-06-15"},
	"iam":                  {id: "IAM", protocol: query, version: "2010-05-08", global: true},
	"ec2":                  {id: "EC2", protocol: query, version: "2016-11-15"},
	"monitoring":           {id: "CloudWatch", protocol: query, version: "2010-08-01"},
	"autoscaling":          {id: "Auto Scaling", protocol: query, version: "2011-01-01"},
	"cloudformation":       {id: "CloudFormation", protocol: query, version: "2010-05-15"},
	"rds":                  {id: "RDS", protocol: query, version: "2014-10-31"},
	"elasticache":          {id: "ElastiCache", protocol: query, version: "2015-02-02"},
	"redshift":             {id: "Redshift", protocol: query, version: "2012-12-01"},
	"elasticloadbalancing": {id: "Elastic Load Balancing v2", protocol: query, version: "2015-12-01"},
	"elasticbeanstalk":     {id: "Elastic Beanstalk", protocol: query, version: "2010-12-01"},
	"email":                {id: "SES", signing: "ses", protocol: query, version: "2010-12-01"},
	"ses":                  {id: "SES", host: "email", protocol: query, version: "2010-12-01"},

	"s3":                {id: "S3"},
	"lambda":            {id: "Lambda"},
	"appconfig":         {id: "AppConfig"},
	"appconfigdata":     {id: "AppConfigData", signing: "appconfig"},
	"apigateway":        {id: "API Gateway"},
	"execute-api":       {id: "ApiGatewayManagementApi"},
	"iotdata":           {id: "IoT Data Plane", host: "data-ats.iot"},
	"scheduler":         {id: "Scheduler"},
	"batch":             {id: "Batch"},
	"polly":             {id: "Polly"},
	"bedrock-runtime":   {id: "Bedrock Runtime", signing: "bedrock"},
	"runtime.sagemaker": {id: "SageMaker Runtime", signing: "sagemaker"},
	"xray":              {id: "XRay"},
}
