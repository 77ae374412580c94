package evaluate

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

//go:embed forms.txt
var formsText string

// form says how a type of resource is called.
type form struct {
	property   string            // what names it, "" when AWS does
	open       bool              // it has attributes beside those that are listed
	attributes map[string]string // "Ref" is one
	names      []string          // of attributes, in order
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
				if word == "open" {
					now.open = true
				} else {
					now.property = word
				}
			}
		default:
			now.attributes[fields[0]] = fields[1]
			now.names = append(now.names, fields[0])
		}
	}
	return all
})

// physicalID is what Ref answers of a resource.
func (s *stack) physicalID(r *resource) (string, bool) {
	if r.state == underway {
		s.fault(r.node, r.place().path, r.id+" needs its own name", "its name must not be made of itself")
		return "", false
	}
	if r.state == untouched {
		r.state = underway
		r.physical, r.ok = s.elsewhere(r, "Ref")
		if !r.ok {
			r.physical, r.ok = s.fillForm(r, refForm(r.kind))
		}
		r.state = done
	}
	return r.physical, r.ok
}

func refForm(kind string) string {
	if f := forms()[kind]; f != nil && f.attributes["Ref"] != "" {
		return f.attributes["Ref"]
	}
	return "{name}"
}

// elsewhere is a value of a resource that somebody else made.
func (s *stack) elsewhere(r *resource, attribute string) (string, bool) {
	if s.Values == nil {
		return "", false
	}
	return s.Values(s.name, r.id, attribute)
}

// attributeOf is what GetAtt answers: what is known from elsewhere, what is listed, the
// property of that name, or, of types that are open or unknown, something that looks as
// such a value does.
func (s *stack) attributeOf(r *resource, attribute string, n tree.Node, p place) (tree.Node, bool) {
	if value, ok := s.elsewhere(r, attribute); ok {
		return s.made(value, n, p)
	}
	if r.kind == "AWS::CloudFormation::Stack" {
		return s.nestedOutput(r, attribute, n, p)
	}
	f := forms()[r.kind]
	if f != nil && attribute != "Ref" && f.attributes[attribute] != "" {
		value, ok := s.fillForm(r, f.attributes[attribute])
		if !ok {
			return tree.Node{}, false
		}
		return s.made(value, n, p)
	}
	if f != nil && !f.open {
		known := f.names[1:]
		hint := "it has no attributes; Ref answers what it is called"
		if len(known) > 0 {
			hint = suggest(attribute, known)
		}
		s.fault(n, p.path, "a resource of type "+r.kind+" has no attribute "+quoted(attribute), hint)
		return tree.Node{}, false
	}
	value, ok := s.property(r, attribute)
	if !ok || value.There() {
		return value, ok
	}
	text, ok := s.fillForm(r, likely(attribute))
	if !ok {
		return tree.Node{}, false
	}
	return s.made(text, n, p)
}

// likely is how a value looks that nothing is known of but its name.
func likely(attribute string) string {
	switch last := attribute[strings.LastIndex(attribute, ".")+1:]; {
	case strings.HasSuffix(strings.ToLower(last), "arn"):
		return "arn:{partition}:{service}:{region}:{account}:{kind}/{name}"
	case strings.HasSuffix(strings.ToLower(last), "url"):
		return "https://{lower}.{region}.{suffix}"
	case strings.HasSuffix(last, "Endpoint"), strings.HasSuffix(last, "Address"), strings.HasSuffix(last, "DomainName"), strings.HasSuffix(last, "DNSName"):
		return "{lower}.{region}.{suffix}"
	case strings.HasSuffix(last, "Port"):
		return "443"
	case strings.HasSuffix(last, "Id"):
		return "{id:10}"
	}
	return "{name}"
}

// fillForm fills the words of a form in.
func (s *stack) fillForm(r *resource, text string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), s.spend(r.node, r.place().path, 1, b.Len())
		}
		word, after, _ := strings.Cut(rest, "}")
		value, ok := s.word(r, word)
		if !ok || !s.spend(r.node, r.place().path, 0, len(value)) {
			return "", false
		}
		b.WriteString(value)
		text = after
	}
}

// The letters of ids that AWS makes up.
const (
	lowerLetters = "abcdefghijklmnopqrstuvwxyz0123456789"
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	hexDigits    = "0123456789abcdef"
)

// word is what one word of a form stands for; forms.txt lists them.
func (s *stack) word(r *resource, word string) (string, bool) {
	partition, suffix := s.partition()
	kind, length, _ := strings.Cut(word, ":")
	length, _, _ = strings.Cut(length, ":")
	n, _ := strconv.Atoi(length)
	switch kind {
	case "id":
		return s.derived(r.id, word, lowerLetters, n), true
	case "ID":
		return s.derived(r.id, word, upperLetters, n), true
	case "hex":
		return s.derived(r.id, word, hexDigits, n), true
	case "uuid":
		return uuid(s.name + "/" + r.id), true
	case "region":
		return s.Region, true
	case "account":
		return s.Account, true
	case "partition":
		return partition, true
	case "suffix":
		return suffix, true
	case "stack":
		return s.name, true
	case "ref":
		return s.physicalID(r)
	case "name":
		return s.nameOf(r)
	case "lower":
		name, ok := s.nameOf(r)
		return strings.ToLower(name), ok
	case "service", "kind":
		return partOfType(r.kind, kind), true
	}
	return s.propertyWord(r, word)
}

// partOfType is the service or kind in Vendor::Service::Kind.
func partOfType(kind, part string) string {
	parts := strings.Split(strings.ToLower(kind), "::")
	if part == "kind" {
		return parts[len(parts)-1]
	}
	return parts[min(1, len(parts)-1)]
}

// propertyWord is the text of a property, or of what stands for it: {Path|/}.
func (s *stack) propertyWord(r *resource, word string) (string, bool) {
	property, otherwise, _ := strings.Cut(word, "|")
	switch property {
	case "protocol": // of an API's endpoint
		value, ok := s.propertyText(r, "ProtocolType")
		if strings.EqualFold(value, "WEBSOCKET") {
			return "wss", ok
		}
		return "https", ok
	case "function": // the name in a function's name or ARN, with or without its qualifier
		value, ok := s.propertyText(r, "FunctionName")
		if value == "" {
			value, ok = s.propertyText(r, "TargetFunctionArn")
		}
		if _, name, is := strings.Cut(value, ":function:"); is {
			value, _, _ = strings.Cut(name, ":")
		}
		return value, ok
	}
	value, ok := s.propertyText(r, property)
	if value == "" {
		value = otherwise
	}
	return value, ok
}

// propertyText is a property that is a text, "" when it is none.
func (s *stack) propertyText(r *resource, name string) (string, bool) {
	value, ok := s.property(r, name)
	return value.Text(), ok
}

// nameOf is what a property calls a resource, or a name that is made up as CloudFormation
// makes them: STACK-LOGICALID-XXXXXXXX, in at most 64 characters.
func (s *stack) nameOf(r *resource) (string, bool) {
	if f := forms()[r.kind]; f != nil && f.property != "" {
		name, ok := s.propertyText(r, f.property)
		if !ok || name != "" {
			return name, ok
		}
	}
	const most, tail = 64, 8
	id, stack := r.id, s.name
	if room := most - tail - 2; len(stack)+len(id) > room {
		id = id[:min(len(id), max(room-len(stack), room/2))]
		stack = stack[:min(len(stack), room-len(id))]
	}
	name := stack + "-" + id + "-" + s.derived(r.id, "name", upperLetters, tail)
	switch r.kind {
	case "AWS::S3::Bucket":
		name = strings.ToLower(name)
	case "AWS::SQS::Queue", "AWS::SNS::Topic":
		fifo, ok := s.propertyText(r, "FifoQueue")
		topic, fine := s.propertyText(r, "FifoTopic")
		if !ok || !fine {
			return "", false
		}
		if fifo == "true" || topic == "true" {
			name += ".fifo"
		}
	case "AWS::Logs::LogGroup":
		name = "/" + name
	}
	return name, true
}

// derived draws letters by stack, logical id and purpose: they are the same wherever the
// template is read, and others' differ.
func (s *stack) derived(id, purpose, letters string, n int) string {
	b := make([]byte, 0, n)
	for round := uint32(0); len(b) < n; round++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(s.name+"\x00"+id+"\x00"+purpose+"\x00"), round))
		for _, c := range sum {
			// Values beyond the last multiple of the letters would favour the first ones.
			if int(c) < 256-256%len(letters) && len(b) < n {
				b = append(b, letters[int(c)%len(letters)])
			}
		}
	}
	return string(b)
}

// uuid is one that a name always has. RFC 9562, section 5.8: version 8 is for ids that are
// made in a way of one's own.
func uuid(name string) string {
	sum := sha256.Sum256([]byte(name))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	text := hex.EncodeToString(sum[:16])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
