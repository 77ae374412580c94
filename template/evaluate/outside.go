package evaluate

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// finished is a value in its last form: dynamic references are resolved, as CloudFormation
// resolves them when it makes a resource, and addresses of our own APIs are where those are
// served. It is itself when nothing changes. kind is the type of its resource.
// Documented: CloudFormation User Guide, dynamic references, General considerations:
// they are not resolved before transforms, which are given the text of the reference.
func (r *run) finished(n tree.Node, path *tree.Path, kind string) tree.Node {
	switch {
	case n.IsObject():
		object, changed := tree.Object().From(n), false
		for key, member := range n.Pairs() {
			value := r.finished(member, path.Below(key.Text()), kind)
			object.Put(key, value)
			changed = changed || value != member
		}
		if changed {
			return object
		}
	case n.IsList():
		list, changed := tree.List().From(n), false
		for i, item := range n.Items() {
			value := r.finished(item, path.Below(strconv.Itoa(i)), kind)
			list.Add(value)
			changed = changed || value != item
		}
		if changed {
			return list
		}
	default:
		text := n.Text()
		if whole := r.outside(r.resolved(text, n, path, kind)); whole != text {
			return tree.Text(whole).From(n)
		}
	}
	return n
}

// endpoint is the address of an API as API Gateway gives them.
var endpoint = regexp.MustCompile(`(https|wss)://([a-z0-9]{10})\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?`)

// outside puts the addresses where our own APIs are served into a text.
func (r *run) outside(text string) string {
	if r.Address == nil || !strings.Contains(text, ".execute-api.") {
		return text
	}
	return endpoint.ReplaceAllStringFunc(text, func(address string) string {
		found := endpoint.FindStringSubmatch(address)
		// An address of an API that is made elsewhere is a real one, and stays what it
		// is.
		if !r.apis[found[2]] {
			return address
		}
		return r.Address(found[1], found[2])
	})
}

// dynamic is a dynamic reference. Documented: CloudFormation User Guide, Get values stored
// in other services using dynamic references.
var dynamic = regexp.MustCompile(`\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}`)

// anOutput is the kind of what everybody may see: secrets are not put into it.
const anOutput = ""

// resolved fills dynamic references in. One that nobody answers is a fault where its value
// is served, told or handed on; elsewhere nothing would ever work it out, and it stays: who
// has no password for an alarm's webhook still serves the API behind it.
func (r *run) resolved(text string, n tree.Node, path *tree.Path, kind string) string {
	if !strings.Contains(text, "{{resolve:") {
		return text
	}
	return dynamic.ReplaceAllStringFunc(text, func(reference string) string {
		found := dynamic.FindStringSubmatch(reference)
		// Documented: CloudFormation User Guide, dynamic references: secretsmanager and
		// ssm-secure are for properties of resources. In an output anybody who may
		// describe the stack could read the secret.
		if kind == anOutput && found[1] != "ssm" {
			return reference
		}
		if value, ok := r.answer(found[1], found[2]); ok && r.spend(n, path, 0, len(value)) {
			// The service ssm answers plain texts, ssm-secure and secretsmanager answer
			// secrets: those must not stand in any fault.
			if found[1] != "ssm" {
				r.secrets.Add(value)
			}
			return value
		}
		name := found[2]
		if _, secret, is := strings.Cut(name, ":secret:"); is { // an ARN
			name = secret
		}
		name, _, _ = strings.Cut(name, ":")
		message, hint := "nobody answers the dynamic reference "+quoted(reference), "--parameter "+name+"=VALUE, or an environment variable of that name"
		switch {
		case kind == stackType: // what is in it is held to this, where it uses the value
		case r.needs(kind, found[2]):
			r.fault(n, path, message, hint)
		default:
			r.note(n, path, message+", which stays: nothing here needs it", hint)
		}
		return reference
	})
}

// answer is what the user says of a reference, else a secret of these templates.
func (r *run) answer(service, name string) (value string, ok bool) {
	if r.Resolve != nil {
		if value, ok = r.Resolve(service, name); ok {
			return value, true
		}
	}
	if service == "secretsmanager" {
		return r.ownSecretText(name)
	}
	return "", false
}

// needs says whether what resources of a type say has to be whole. Who is to make one can
// look a secret up that it holds itself.
func (r *run) needs(kind, reference string) bool {
	if kind == anOutput || r.Served != nil && r.Served(kind) {
		return true
	}
	_, own, is := r.ownSecret(reference)
	return r.HandedOn != nil && r.HandedOn(kind) && !(is && own.elsewhere)
}
