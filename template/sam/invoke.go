package sam

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

var (
	urlConfig    = members("AuthType! Cors:o InvokeMode:t")
	urlCORS      = members("AllowOrigins AllowMethods AllowCredentials AllowHeaders ExposeHeaders MaxAge")
	invokeConfig = members("DestinationConfig:o MaximumEventAgeInSeconds:t MaximumRetryAttempts:t")
	destinations = members("OnSuccess:o OnFailure:o")
	destination  = members("Type:t! Destination")
)

// url makes the URL of a function, which everybody may call when it has no authorization.
// Documented: AWS SAM Developer Guide, FunctionUrlConfig.
func (t *transform) url(r *resource, c callee) {
	s := r.props.get("FunctionUrlConfig")
	if s.Len() == 0 || intrinsic(s.Node) != "" {
		return
	}
	urlConfig.loose(s, "FunctionUrlConfig")
	urlConfig.needed(s, "FunctionUrlConfig")
	if cors := s.get("Cors"); cors.Len() > 0 && intrinsic(cors.Node) == "" {
		urlCORS.check(cors, "Cors of a function URL")
	}
	kind := s.get("AuthType")
	if isText(kind.Node) && kind.Text() != "NONE" && kind.Text() != "AWS_IAM" {
		kind.misnamed("there is no authorization type "+kind.Text(), kind.Text(), []string{"AWS_IAM", "NONE"})
	}
	from := s.begin()
	url := copied(object(from).Put(text(from, "TargetFunctionArn"), c.name), s.Node, "AuthType", "Cors", "InvokeMode")
	r.beside(r.id+"Url", "AWS::Lambda::Url", url)
	// Documented: AWS SAM Developer Guide, FunctionUrlConfig,
	// AuthType: NONE is public, and Lambda still wants a policy that lets everybody in.
	if kind.Text() == "NONE" {
		r.beside(r.id+"UrlPublicPermissions", "AWS::Lambda::Permission", object(from).Put(text(from, "Action"), text(from, "lambda:InvokeFunctionUrl")).
			Put(text(from, "FunctionName"), c.name).Put(text(from, "Principal"), text(from, "*")).Put(text(from, "FunctionUrlAuthType"), kind.Node))
	}
}

// invokeConfig makes what happens to events that a function fails to handle: a queue or a
// topic where only its type is said.
// Documented: AWS SAM Developer Guide, EventInvokeConfiguration.
func (t *transform) invokeConfig(r *resource) {
	s := t.known(r.props.get("EventInvokeConfig"))
	if s.Len() == 0 || intrinsic(s.Node) != "" {
		return
	}
	invokeConfig.loose(s, "EventInvokeConfig")
	from, id := s.begin(), r.id+"EventInvokeConfig"
	config := object(from).Put(text(from, "FunctionName"), ref(from, r.id)).Put(text(from, "Qualifier"), text(from, "$LATEST"))
	// Events call the alias when there is one, so what is configured for calls is
	// configured there.
	alias := t.known(r.props.get("AutoPublishAlias"))
	if alias.Text() != "" {
		config = with(config, "Qualifier", text(from, alias.Text()))
	}
	led := object(from)
	destinations.loose(s.get("DestinationConfig"), "DestinationConfig")
	for name, d := range s.get("DestinationConfig").members() {
		if to := t.destination(r, id+name, d); !to.Null() {
			led.Put(d.key, object(d.key).Put(text(d.key, "Destination"), to))
		}
	}
	if led.Len() > 0 {
		config.Put(text(from, "DestinationConfig"), led)
	}
	r.beside(id, "AWS::Lambda::EventInvokeConfig", copied(config, s.Node, "MaximumEventAgeInSeconds", "MaximumRetryAttempts"))
	if alias.Text() != "" {
		r.attribute("DependsOn", list(from, text(from, r.id+"Alias"+alias.Text())))
	}
}

var destinationTypes = []string{"SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"}

// destination is where events go: what the template names, or a queue or topic made for
// it, which X.DestinationQueue and X.DestinationTopic name.
// Documented: AWS SAM Developer Guide,
// EventInvokeDestinationConfiguration: SQS and SNS need no Destination, which is created
// then; the other types need one.
func (t *transform) destination(r *resource, id string, d spot) tree.Node {
	if !d.IsObject() {
		return tree.Node{}
	}
	destination.loose(d, "a destination")
	destination.needed(d, "a destination")
	to, from, kind := d.get("Destination"), d.begin(), d.get("Type")
	if isText(kind.Node) && !slices.Contains(destinationTypes, kind.Text()) {
		kind.misnamed("there is no type of destination "+kind.Text(), kind.Text(), destinationTypes)
		return tree.Node{}
	}
	if !to.Null() && !isNoValue(to.Node) {
		return to.Node
	}
	switch kind.Text() {
	case "SQS":
		r.beside(id+"Queue", "AWS::SQS::Queue", object(from))
		t.references.add(r.id, "DestinationQueue", id+"Queue")
		return attribute(from, id+"Queue", "Arn")
	case "SNS":
		r.beside(id+"Topic", "AWS::SNS::Topic", object(from))
		t.references.add(r.id, "DestinationTopic", id+"Topic")
		return ref(from, id+"Topic")
	case "EventBridge", "Lambda", "S3Bucket":
		to.fault("a destination of type "+kind.Text()+" needs Destination", "")
	}
	return tree.Node{}
}
