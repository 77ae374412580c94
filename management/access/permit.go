package access

import (
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/management/own/right"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// permit judges a call by the policy of its key; nil permits all. Of what belongs to many
// APIs the operation itself shows the caller its own: see reaches. What is made of
// nothing but the call itself tells nobody anything, so every key may ask it.
func permit(key *credential.Key) func(*wire.Request) error {
	if !key.ReadOnly && !key.Deployer && !key.Limited() {
		return nil
	}
	return func(r *wire.Request) error {
		if permitted(key, r) {
			return nil
		}
		return denied(key, r)
	}
}

// permitted says whether the policy of a key lets a call pass.
func permitted(key *credential.Key, r *wire.Request) bool {
	need := needOf(r)
	if need == right.Any {
		return true
	}
	write := need != right.Reads
	if write && key.ReadOnly || need == right.Full && key.Deployer {
		return false
	}
	return r.Operation.Shared || key.Permits(apiOf(r), write)
}

// needOf is the right that a call needs. Of a deployer are the writes of what is below an API, or
// of its own settings, but neither making nor deleting one. What is not known to be that is refused,
// so that an operation which is new is no deployer's by itself.
func needOf(r *wire.Request) right.Need {
	o := r.Operation
	switch {
	case right.Ours(o.Path):
		return right.Of(o.Name).Need
	case !o.Write():
		return right.Reads
	case o.Path == "/v2/apis/{apiId}" && o.Method != http.MethodDelete, strings.HasPrefix(o.Path, "/v2/apis/{apiId}/"):
		return right.Deploys
	case strings.HasPrefix(o.Path, "/v2/tags/") && apiOf(r) != "": // tags are of what their ARN names
		return right.Deploys
	}
	return right.Full
}

// reaches says which APIs a key reaches; nil for all.
func reaches(key *credential.Key) func(api string) bool {
	if !key.Limited() {
		return nil
	}
	return func(api string) bool { return key.Permits(api, false) }
}

// functionsAlone lets calls of Lambda's API pass.
func functionsAlone(key *credential.Key) func(*wire.Request) error {
	return func(r *wire.Request) error {
		if right.IsLambda(r.Operation.Path) {
			return nil
		}
		return denied(key, r)
	}
}

// sessionsAlone lets a code be spent, and nothing else.
func sessionsAlone(key *credential.Key) func(*wire.Request) error {
	return func(r *wire.Request) error {
		if r.Operation.Path == own.ConsoleSessionPath {
			return nil
		}
		return denied(key, r)
	}
}

// denied refuses a call, in AWS's words for a policy that does not allow it.
//
// Documented: AWS IAM User Guide, Troubleshooting access denied error messages; API Gateway
// Developer Guide, Actions: the permissions of the management API are named after HTTP's
// methods, and its resources after paths without their version.
func denied(key *credential.Key, r *wire.Request) error {
	o := r.Operation
	action := "apigateway:" + o.Method
	resource := "arn:aws:apigateway:" + r.Region + "::" + strings.TrimPrefix(o.Path, "/v2")
	if right.IsLambda(o.Path) {
		action, resource = "lambda:"+o.Name, "arn:aws:lambda:"+r.Region+":"+r.Account+":function:{FunctionName}"
	}
	for name, value := range r.Path {
		resource = strings.ReplaceAll(resource, "{"+name+"}", value)
	}
	return fault.New(fault.AccessDenied, "User: arn:aws:iam::%s:user/%s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		r.Account, key.Profile, action, resource, action)
}

// apiOf is the one API that a call can reach, "" when it belongs to none or to
// several: lists of APIs, imports, domains whose mappings and rules name APIs in
// their bodies, usage plans. A key that is limited to APIs is refused all of those.
func apiOf(r *wire.Request) string {
	if id, ok := r.Path["apiId"]; ok {
		return id
	}
	_, path, ok := resource.ParseArn(r.Path["resource-arn"])
	if ok && len(path) > 1 && path[0] == "apis" {
		return path[1]
	}
	return ""
}
