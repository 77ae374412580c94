package access

import (
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// permit judges a call by the policy of its key; nil permits all. Of what belongs to many
// APIs the operation itself shows the caller its own: see reaches. What is made of
// nothing but the call itself tells nobody anything, so every key may ask it.
func permit(key *credential.Key) func(*wire.Request) error {
	if !key.ReadOnly && !key.Limited() {
		return nil
	}
	return func(r *wire.Request) error {
		o := r.Operation
		if o.Path == own.ConsoleCodePath {
			return nil // it gives no right that the key has not
		}
		write := o.Write()
		if o.Pure || o.Shared && !(write && key.ReadOnly) || key.Permits(apiOf(r), write) {
			return nil
		}
		return nobody(r)
	}
}

// reaches says which APIs a key reaches; nil for all.
func reaches(key *credential.Key) func(api string) bool {
	if !key.Limited() {
		return nil
	}
	return func(api string) bool { return key.Permits(api, false) }
}

// functionsAlone lets calls of Lambda's API pass.
func functionsAlone(r *wire.Request) error {
	if ofFunctions(r.Operation.Path) {
		return nil
	}
	return nobody(r)
}

// sessionsAlone lets a code be spent, and nothing else.
func sessionsAlone(r *wire.Request) error {
	if r.Operation.Path == own.ConsoleSessionPath {
		return nil
	}
	return nobody(r)
}

// nobody refuses a call, whoever makes it.
func nobody(r *wire.Request) error {
	return fault.New(fault.AccessDenied, "User is not authorized to perform this operation: apigateway:%s", r.Operation.Name)
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
