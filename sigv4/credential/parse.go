package credential

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Bounds of a credentials file; a file beyond them is broken.
const (
	maxFileSize = 1 << 20
	maxProfiles = 10_000
	maxAPIs     = 1_000
)

// profile is one section as it is read, before it is judged.
type profile struct {
	name   string
	line   int
	values map[string]string
}

// Parse reads a credentials file. Every error names a line or a profile, never
// a value. A file without any key is an error, so that an emptied or
// half-written file does not look like a set of keys; profiles that name no
// access key (role_arn only, for example) are skipped.
func Parse(text []byte) (Keys, error) {
	if len(text) > maxFileSize {
		return nil, fmt.Errorf("credentials file is larger than %d bytes", maxFileSize)
	}
	profiles, err := sections(text)
	if err != nil {
		return nil, err
	}
	keys := make(Keys, len(profiles))
	for _, p := range profiles {
		k, err := p.key()
		if err != nil {
			return nil, err
		}
		if k == nil {
			continue
		}
		if other, taken := keys[k.ID]; taken {
			return nil, fmt.Errorf("profiles %q and %q have the same aws_access_key_id", other.Profile, k.Profile)
		}
		keys[k.ID] = k
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("credentials file holds no access key")
	}
	return keys, nil
}

// ParsePair reads ID:SECRET, a key that may do everything. Its errors never show the text.
func ParsePair(pair Secret) (*Key, error) {
	id, secret, ok := strings.Cut(strings.TrimSpace(string(pair)), ":")
	switch {
	case !ok || id == "" || secret == "":
		return nil, errors.New("want ID:SECRET")
	case !plainID(id) || strings.ContainsFunc(secret, unicode.IsSpace):
		return nil, errors.New("want ID:SECRET, without slashes or commas in ID and without spaces")
	}
	return &Key{ID: id, Secret: Secret(secret), Profile: "DRAGOMAN_KEY"}, nil
}

// plainID says whether an id can stand in the scope of a signature.
func plainID(id string) bool { return !strings.ContainsAny(id, "/, \t\r\n") }

// sections splits the file into profiles, in its order. A profile that comes
// twice is merged, as the SDKs do.
func sections(text []byte) ([]*profile, error) {
	var list []*profile
	byName := map[string]*profile{}
	var current *profile
	number := 0
	for raw := range bytes.Lines(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))) {
		number++
		line := strings.TrimRight(string(raw), " \t\r\n")
		trimmed := strings.TrimLeft(line, " \t")
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[':
			name, err := sectionName(trimmed, number)
			if err != nil {
				return nil, err
			}
			if current = byName[name]; current == nil {
				current = &profile{name: name, line: number, values: map[string]string{}}
				byName[name] = current
				list = append(list, current)
			}
			if len(list) > maxProfiles {
				return nil, fmt.Errorf("credentials file has more than %d profiles", maxProfiles)
			}
		case current == nil:
			return nil, fmt.Errorf("line %d: a setting stands before the first [profile]", number)
		case len(trimmed) < len(line):
			// An indented line is a nested setting (s3 =, for example): not ours.
		default:
			if err := current.set(trimmed, number); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// sectionName reads "[name]" or "[profile name]", with a comment behind it.
func sectionName(line string, number int) (string, error) {
	inside, rest, closed := strings.Cut(line[1:], "]")
	rest = strings.TrimLeft(rest, " \t")
	if !closed || (rest != "" && rest[0] != '#' && rest[0] != ';') {
		return "", fmt.Errorf("line %d: a profile is written [name]", number)
	}
	name := strings.TrimSpace(inside)
	if after, ok := strings.CutPrefix(name, "profile "); ok {
		name = strings.TrimSpace(after)
	}
	if name == "" {
		return "", fmt.Errorf("line %d: a profile needs a name", number)
	}
	return name, nil
}

// set reads "name = value"; a comment begins with white space and # or ;.
func (p *profile) set(line string, number int) error {
	name, value, found := strings.Cut(line, "=")
	name = strings.ToLower(strings.TrimSpace(name))
	if !found || name == "" {
		return fmt.Errorf("line %d: a setting is written name = value", number)
	}
	value = strings.TrimSpace(value)
	for i := 1; i < len(value); i++ {
		if (value[i] == '#' || value[i] == ';') && (value[i-1] == ' ' || value[i-1] == '\t') {
			value = strings.TrimSpace(value[:i])
			break
		}
	}
	p.values[name] = value
	return nil
}

// key judges a profile; nil without an error means that it holds no key.
func (p *profile) key() (*Key, error) {
	k := &Key{
		ID:           p.values["aws_access_key_id"],
		Secret:       Secret(p.values["aws_secret_access_key"]),
		SessionToken: Secret(p.values["aws_session_token"]),
		Profile:      p.name,
		Account:      p.values["dragoman_account"],
	}
	if k.ID == "" && k.Secret == "" {
		return nil, nil
	}
	if k.ID == "" || k.Secret == "" {
		return nil, p.errorf("aws_access_key_id and aws_secret_access_key belong together")
	}
	if !plainID(k.ID) {
		return nil, p.errorf("aws_access_key_id may not contain slashes, commas or spaces")
	}
	if k.Account == "" {
		k.Account = p.values["aws_account_id"]
	}
	if k.Account != "" && !isAccount(k.Account) {
		return nil, p.errorf("dragoman_account must be 12 digits")
	}
	return k, p.policy(k)
}

// policy reads what the key may do. An unknown policy is an error, never full access.
func (p *profile) policy(k *Key) error {
	switch policy := p.values["dragoman_policy"]; policy {
	case "", "full":
	case "read-only":
		k.ReadOnly = true
	case "deployer":
		k.Deployer = true
	default:
		return p.errorf("dragoman_policy must be read-only, deployer or full")
	}
	list, limited := p.values["dragoman_apis"]
	if !limited {
		return nil
	}
	for id := range strings.SplitSeq(list, ",") {
		if id = strings.TrimSpace(id); id != "" {
			k.APIs = append(k.APIs, id)
		}
	}
	// An empty list that meant "all" would widen what was meant to narrow.
	if len(k.APIs) == 0 || len(k.APIs) > maxAPIs {
		return p.errorf("dragoman_apis must name 1 to %d API ids", maxAPIs)
	}
	return nil
}

func (p *profile) errorf(format string, args ...any) error {
	return fmt.Errorf("profile %q (line %d): %s", p.name, p.line, fmt.Sprintf(format, args...))
}

func isAccount(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 12
}
