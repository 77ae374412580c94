package gateway

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// silent are types, or the beginnings of such, that say who may do what, what is
// measured, and how AWS holds the rest: they are accepted, and have no effect here.
var silent = []string{
	"AWS::ApiGateway::", "AWS::ApplicationAutoScaling::", "AWS::CDK::", "AWS::CloudFormation::Stack", "AWS::CloudFormation::WaitConditionHandle", "AWS::CloudWatch::", "AWS::CodeDeploy::",
	"AWS::IAM::", "AWS::Lambda::CodeSigningConfig", "AWS::Lambda::LayerVersionPermission", "AWS::Lambda::Permission", "AWS::Logs::", "AWS::Route53::RecordSet",
	"AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::WAFv2::", "AWS::XRay::",
	"Custom::LogRetention", "Custom::S3AutoDeleteObjects",
}

// other takes a resource that is not served.
func (g *region) other(r *resource) {
	begins := func(prefix string) bool { return strings.HasPrefix(r.Type, prefix) }
	// Told before all else: a function that is never called is what its author would look
	// for.
	if text, known := g.event(r); known {
		g.note(r, text)
		return
	}
	switch {
	case r.Type == "AWS::ApiGateway::RestApi":
		g.note(r, "REST APIs are not served, only HTTP and WebSocket APIs")
	case slices.ContainsFunc(silent, begins), r.Type == "AWS::S3::Bucket" && r.LogicalID == "ServerlessDeploymentBucket":
	case HandedOn(r.Type):
		g.foreign(r)
	case begins("Custom::") || r.Type == "AWS::CloudFormation::CustomResource":
		g.note(r, "a custom resource ("+r.Type+") does nothing here; its attributes are made up")
	default:
		g.note(r, "the type "+r.Type+" is not served")
	}
}

// Served says whether resources of a type are served here.
func Served(kind string) bool {
	for _, k := range kinds {
		if k.name == kind {
			return true
		}
	}
	return false
}

// invoking are types that would do nothing but invoke functions.
var invoking = []string{"AWS::Scheduler::Schedule", "AWS::Pipes::Pipe", "AWS::IoT::TopicRule", "AWS::Logs::SubscriptionFilter"}

// HandedOn says whether resources of a type go to whoever runs other services.
func HandedOn(kind string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(kind, prefix) }
	// These would be ours, and are of kinds that are not known. All else of AWS that has an
	// effect goes there.
	ours := slices.ContainsFunc([]string{"AWS::Serverless::", "AWS::ApiGatewayV2::", "AWS::Lambda::", "AWS::CloudFormation::"}, begins)
	return begins("AWS::") && !ours && !Served(kind) && !slices.ContainsFunc(silent, begins) && !slices.Contains(invoking, kind)
}

// event words a resource that would invoke a function, and that nobody does here.
func (g *region) event(r *resource) (text string, known bool) {
	switch r.Type {
	case "AWS::Lambda::EventSourceMapping":
		from := r.text("EventSourceArn")
		if from == "" {
			from = "its source"
		}
		return "events of " + short(from) + " do not reach " + g.called(r.text("FunctionName")) + " here", true
	case "AWS::SNS::Subscription":
		return "messages of " + short(r.text("TopicArn")) + " do not reach " + g.called(r.text("Endpoint")) + " here", r.text("Protocol") == "lambda"
	case "AWS::Events::Rule":
		for _, target := range r.get("Targets").Items() {
			if arn := target.Get("Arn").Text(); strings.Contains(arn, ":lambda:") {
				return "its events do not reach " + g.called(arn) + " here", true
			}
		}
	}
	return "nothing is invoked by " + r.Type + " here", slices.Contains(invoking, r.Type)
}

// called is what an author calls a function.
func (g *region) called(value string) string {
	if f := g.functionOf(value); f != nil {
		return f.LogicalID
	}
	if value == "" {
		return "a function"
	}
	return short(value)
}

// foreign takes a resource of another service.
func (g *region) foreign(r *resource) {
	f := Foreign{Origin: r.origin(), Region: g.name, Type: r.Type, PhysicalID: r.PhysicalID, DependsOn: r.DependsOn}
	if r.Properties.There() {
		text, err := r.Properties.JSON(tree.Limits{Bytes: maxText})
		if err != nil {
			g.fault(r, r.Properties, r.properties(), err.Error(), "")
		}
		f.Properties = text
	}
	for _, fn := range g.functions {
		// By a reference, or by its name in a variable: what comes of other stacks has
		// been worked out by then.
		if fn.Stack == r.Stack && slices.Contains(fn.r.References, r.LogicalID) || fn.knows(r.PhysicalID) {
			f.Functions = append(f.Functions, fn.LogicalID)
		}
	}
	g.result.Foreign = append(g.result.Foreign, f)
}

// knows says whether a variable of a function names something.
func (f *function) knows(name string) bool {
	for _, value := range f.Env {
		if value == name {
			return true
		}
	}
	return false
}

// certificate is one that this machine signs. Documented: CloudFormation Template
// Reference, AWS::CertificateManager::Certificate.
func (g *region) certificate(r *resource) {
	c := Certificate{Origin: r.origin(), ARN: r.PhysicalID}
	// Documented: AWS Certificate Manager API, RequestCertificate: the domain name is the
	// subject, and it may be among the alternatives again.
	for _, n := range append([]tree.Node{r.get("DomainName")}, r.get("SubjectAlternativeNames").Items()...) {
		if name := n.Text(); name != "" && !slices.Contains(c.Names, name) {
			c.Names = append(c.Names, name)
		}
	}
	if r.text("DomainName") == "" && !r.Lacks("DomainName") {
		g.fault(r, r.Node, r.properties(), "DomainName is missing", "a certificate is for a name")
	}
	g.result.Certificates = append(g.result.Certificates, c)
}

func (g *region) logGroup(r *resource) {
	// Documented: CloudFormation Template Reference, AWS::Logs::LogGroup: GetAtt Arn ends
	// in :*, as access logging wants it or without.
	arn := "arn:aws:logs:" + g.name + ":" + g.Account + ":log-group:" + r.PhysicalID + ":*"
	g.result.LogGroups = append(g.result.LogGroups, LogGroup{Origin: r.origin(), Name: r.PhysicalID, ARN: arn})
}
