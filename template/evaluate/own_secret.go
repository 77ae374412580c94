package evaluate

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

const secretType = "AWS::SecretsManager::Secret"

// ownSecret is a secret that a template makes itself, which references name by its ARN.
type ownSecret struct {
	stack     *stack
	resource  *resource
	elsewhere bool // somebody else made it, and has generated what is to be generated
}

// ownSecretText answers a reference to a secret of these templates: what its SecretString
// says, or what Secrets Manager would have generated.
//
// Documented: CloudFormation User Guide, dynamic references, Secrets Manager:
// secret-id:secret-string:json-key:version-stage:version-id, of which the id may be an ARN.
func (r *run) ownSecretText(reference string) (string, bool) {
	arn, own, is := r.ownSecret(reference)
	if !is {
		return "", false
	}
	text, ok := own.text(arn)
	if parts := strings.Split(strings.TrimPrefix(reference, arn), ":"); ok && len(parts) > 2 && parts[2] != "" {
		object, err := tree.Parse([]byte(text))
		member := object.Get(parts[2])
		return member.Text(), err == nil && member.There()
	}
	return text, ok
}

// ownSecret is the secret of these templates that a reference names.
func (r *run) ownSecret(reference string) (arn string, own ownSecret, is bool) {
	for arn, own := range r.ownSecrets {
		if rest, is := strings.CutPrefix(reference, arn); is && (rest == "" || rest[0] == ':') {
			return arn, own, true
		}
	}
	return "", ownSecret{}, false
}

// text is the whole secret.
//
// Documented: CloudFormation Template Reference, GenerateSecretString: the password is the
// secret, or the member GenerateStringKey of the object SecretStringTemplate.
// Assumed: nobody looks at the letters of the password. It is drawn from the ARN, so that
// it stays from one run to the next; PasswordLength and exclusions do not count.
func (o ownSecret) text(arn string) (string, bool) {
	if said, ok := o.stack.property(o.resource, "SecretString"); !ok || said.There() {
		return said.Text(), ok
	}
	generate, ok := o.stack.property(o.resource, "GenerateSecretString")
	if !ok || !generate.There() || o.elsewhere {
		return "", false
	}
	sum := sha256.Sum256([]byte(arn))
	password := hex.EncodeToString(sum[:16])
	key := generate.Get("GenerateStringKey").Text()
	if key == "" {
		return password, true
	}
	object, err := tree.Parse([]byte(generate.Get("SecretStringTemplate").Text()))
	if err != nil || !object.IsObject() {
		return "", false
	}
	made := tree.Object()
	for name, value := range object.Pairs() {
		made.Put(name, value)
	}
	text, err := made.Set(key, tree.Text(password)).JSON(tree.Limits{Bytes: max(o.stack.bytes, 0)})
	return string(text), err == nil
}
