package template

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// resolve answers dynamic references and imports from stacks that are not here: what the
// user says, else the environment.
func (l *loading) resolve(service, name string) (string, bool) {
	if value, ok := l.said(name); ok {
		return value, true
	}
	switch service {
	case "secretsmanager":
		return l.secretText(name)
	case "ssm", "ssm-secure":
		// The version of the CDK's own stack in an account is asked for by each template of
		// the CDK.
		if strings.HasPrefix(name, "/cdk-bootstrap/") && strings.HasSuffix(name, "/version") {
			return bootstrapVersion, true
		}
		// Documented: CloudFormation User Guide, dynamic references: ssm:name:version.
		before, _, _ := strings.Cut(name, ":")
		return l.said(before)
	}
	return "", false
}

// bootstrapVersion is high enough for all templates.
// Documented: AWS CDK Developer Guide, Bootstrap template version history.
const bootstrapVersion = "99"

// said is what the user says of a name, or a variable of that name, in its own letters or
// in those that a shell takes: PROD_DB_PASSWORD for /prod/db-password.
func (l *loading) said(name string) (string, bool) {
	if value, ok := l.o.Parameters[name]; ok {
		l.used[name] = true
		return value, true
	}
	if l.o.Lookup == nil || name == "" {
		return "", false
	}
	if value, ok := l.o.Lookup(name); ok {
		return value, true
	}
	return l.o.Lookup(variableName(name))
}

// variableName is a name as a shell takes it: POSIX.1-2017, section 8.1, has capital
// letters, digits and underscores in names of variables.
func variableName(name string) string {
	return strings.ToUpper(strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name), "_"))
}

// maxSecret is how long a secret may be. Documented: AWS Secrets Manager quotas.
const maxSecret = 64 << 10

// secretText is the text of a secret, or a member of the object that it is.
//
// Documented: CloudFormation User Guide, dynamic references, Secrets Manager:
// secret-id:SecretString:json-key:version-stage:version-id. The id may be an ARN.
func (l *loading) secretText(name string) (string, bool) {
	id, rest, _ := strings.Cut(name, ":SecretString")
	if !strings.Contains(name, ":SecretString") && !strings.HasPrefix(name, "arn:") {
		id, _, _ = strings.Cut(name, ":")
	}
	value, ok := l.said(id)
	if _, short, is := strings.Cut(id, ":secret:"); !ok && is {
		// Documented: Secrets Manager adds a hyphen and six letters to a name in its ARN.
		if value, ok = l.said(short); !ok && len(short) > 7 && short[len(short)-7] == '-' {
			value, ok = l.said(short[:len(short)-7])
		}
	}
	key, _, _ := strings.Cut(strings.TrimPrefix(rest, ":"), ":")
	if !ok || key == "" || len(value) > maxSecret {
		return value, ok
	}
	if n, err := tree.Parse([]byte(value)); err == nil && n.IsObject() {
		member := n.Get(key)
		return member.Text(), member.There()
	}
	return value, true
}
