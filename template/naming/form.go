package naming

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed forms.txt
var formsText string

// form says how a type of resource is called.
type form struct {
	property   string            // what names it, "" when AWS does
	open       bool              // it has attributes beside those that are listed
	echoes     bool              // its properties are attributes too
	ref        string            // what Ref answers
	attributes map[string]string // what GetAtt answers
	names      []string          // of the attributes, in order
}

// forms reads forms.txt, which says how it is written.
var forms = sync.OnceValue(func() map[string]*form {
	all, now := map[string]*form{}, (*form)(nil)
	for line := range strings.Lines(formsText) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case line[0] != '\t':
			now = &form{attributes: map[string]string{}}
			all[fields[0]] = now
			for _, word := range fields[1:] {
				switch word {
				case "open":
					now.open, now.echoes = true, true
				case "echoes":
					now.echoes = true
				default:
					now.property = word
				}
			}
		case fields[0] == "Ref":
			now.ref = fields[1]
		default:
			now.attributes[fields[0]] = fields[1]
			now.names = append(now.names, fields[0])
		}
	}
	return all
})

// formOf is the form of a type; one that is not listed has a name and any attribute.
func formOf(kind string) *form {
	if f := forms()[kind]; f != nil {
		return f
	}
	// Assumed: the name of the resource is what most types answer to Ref. Types are
	// added faster than any list is kept, and one that nobody serves must not stop a
	// template.
	return &form{open: true, echoes: true, ref: "{name}"}
}

// likely is how a value looks of which nothing is known but its name.
func likely(attribute string) string {
	last := attribute[strings.LastIndex(attribute, ".")+1:]
	ends := func(with ...string) bool {
		for _, end := range with {
			if strings.HasSuffix(strings.ToLower(last), end) {
				return true
			}
		}
		return false
	}
	// Assumed: what a value is for shows in the last word of its name, as in every type
	// of the Template Reference: an ARN is taken apart by its colons, an address is
	// parsed.
	switch {
	case ends("arn"):
		return "arn:{partition}:{service}:{region}:{account}:{kind}/{name}"
	case ends("url", "uri"):
		return "https://{lower}.{region}.{suffix}"
	case ends("endpoint", "address", "domainname", "dnsname", "host"):
		return "{lower}.{region}.{suffix}"
	case ends("port"):
		return "443"
	case ends("id"):
		return "{id:10}"
	}
	return "{name}"
}
