package gateway

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	noun "github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/template/naming"
)

// URLID is the id in the address of a function, and of the API that answers it here.
func URLID(stack, logicalID string) string {
	return naming.Resource{Stack: stack, LogicalID: logicalID}.ID("", 32)
}

// URLAddress is the address of a function: where it answers, or else the one that AWS
// would have given it.
func URLAddress(address func(protocol, apiID string) string, region, id string) string {
	if address == nil {
		return "https://" + id + ".lambda-url." + region + ".on.aws/"
	}
	return strings.TrimSuffix(address("https", id), "/") + "/"
}

// url makes an API of a function's address: one route that takes everything.
//
// Documented: AWS Lambda Developer Guide, Function URLs: requests and answers have the
// payload format 2.0 of HTTP APIs; CORS is that of HTTP APIs too.
func (g *region) url(r *resource) {
	target := r.text("TargetFunctionArn")
	f := g.functionOf(target)
	if f == nil {
		g.note(r, "the function "+short(target)+" is not in the template")
		return
	}
	// Documented: CloudFormation Template Reference, AWS::Lambda::Url.
	arn := target
	if !strings.HasPrefix(arn, "arn:") {
		arn = "arn:aws:lambda:" + g.name + ":" + g.Account + ":function:" + f.Name
	}
	// Documented: CloudFormation Template Reference, AWS::Lambda::Url, Qualifier: the name
	// of an alias.
	if q := r.text("Qualifier"); q != "" && !strings.HasSuffix(arn, ":"+q) {
		arn += ":" + q
	}
	a := g.newApi(r, URLID(r.Stack, r.LogicalID))
	a.quickCreate(arn, "", "")
	a.head = tree.Object().Set("name", tree.Text(f.Name)).Set("protocolType", tree.Text(noun.HTTP)).Set("description", tree.Text("The address of the function "+f.LogicalID))
	// Documented: AWS Lambda Developer Guide, Control access to Lambda function URLs:
	// AWS_IAM wants signed requests, NONE lets everybody in.
	if r.text("AuthType") == noun.AuthIAM {
		a.quick.route.AuthorizationType = noun.AuthIAM
	}
	if cors := r.get("Cors"); cors.IsObject() {
		api := conversion{g.builder, r}.only(tree.Object().From(r.Properties).Set("CorsConfiguration", cors), "CreateApi", r.properties(), "CorsConfiguration")
		a.head.SetFilled("corsConfiguration", api.Get("corsConfiguration"))
	}
	f.URL = &FunctionURL{APIID: a.id, Auth: r.text("AuthType"), Stream: r.text("InvokeMode") == "RESPONSE_STREAM", Address: URLAddress(g.Address, g.name, a.id)}
}
