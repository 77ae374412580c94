package naming

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// Resource is what a name is derived from.
type Resource struct {
	Stack, LogicalID, Type string
	Region, Account        string

	// Property is the text of a property, "" of one that is not there or is no text; false
	// when it cannot be worked out, and then neither can the name.
	Property func(name string) (string, bool)
}

// Ref is what Ref answers.
func (r Resource) Ref() (string, bool) { return r.fill(formOf(r.Type).ref) }

// Attribute is what GetAtt answers of an attribute that the type is known to have.
func (r Resource) Attribute(name string) (value string, known, ok bool) {
	text, known := formOf(r.Type).attributes[name]
	if !known {
		return "", false, true
	}
	value, ok = r.fill(text)
	return value, true, ok
}

// Attributes are those that the type is known to have. Echoes says that its properties are
// attributes too, open that it has others besides.
func (r Resource) Attributes() (names []string, echoes, open bool) {
	f := formOf(r.Type)
	return f.names, f.echoes, f.open
}

// Likely is a value that looks as one of an attribute of that name does.
func (r Resource) Likely(attribute string) (string, bool) { return r.fill(likely(attribute)) }

// Partition is that of a region, with the domain that its services are under.
// Documented: AWS General Reference, Amazon Resource Names.
func Partition(region string) (partition, suffix string) {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov", "amazonaws.com"
	}
	return "aws", "amazonaws.com"
}

// StackID is the ARN of a stack.
func StackID(stack, region, account string) string {
	partition, _ := Partition(region)
	return "arn:" + partition + ":cloudformation:" + region + ":" + account + ":stack/" + stack + "/" + uuid(stack)
}

// fill puts the words of a form in.
func (r Resource) fill(text string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		word, after, _ := strings.Cut(rest, "}")
		value, ok := r.word(word)
		if !ok {
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
func (r Resource) word(word string) (string, bool) {
	partition, suffix := Partition(r.Region)
	parts := strings.Split(word, ":")
	switch parts[0] {
	case "id":
		return r.derived(word, lowerLetters, parts[1]), true
	case "ID":
		return r.derived(word, upperLetters, parts[1]), true
	case "hex":
		return r.derived(word, hexDigits, parts[1]), true
	case "uuid":
		return uuid(r.Stack + "/" + r.LogicalID), true
	case "stackid":
		name, ok := r.Name()
		return StackID(name, r.Region, r.Account), ok
	case "region":
		return r.Region, true
	case "account":
		return r.Account, true
	case "partition":
		return partition, true
	case "suffix":
		return suffix, true
	case "stack":
		return r.Stack, true
	case "ref":
		return r.Ref()
	case "name":
		return r.Name()
	case "lower":
		name, ok := r.Name()
		return strings.ToLower(name), ok
	case "service", "kind":
		return partOfType(r.Type, parts[0]), true
	case "protocol":
		value, ok := r.Property("ProtocolType")
		if strings.EqualFold(value, "WEBSOCKET") {
			return "wss", ok
		}
		return "https", ok
	case "function":
		return r.function()
	}
	property, otherwise, _ := strings.Cut(word, "|")
	value, ok := r.Property(property)
	if value == "" {
		value = otherwise
	}
	return value, ok
}

// partOfType is the service or kind in Vendor::Service::Kind.
func partOfType(kind, part string) string {
	parts := strings.Split(strings.ToLower(kind), "::")
	if part == "kind" {
		return parts[len(parts)-1]
	}
	return parts[min(1, len(parts)-1)]
}

// function is the name of a function that a resource belongs to, which may be told as an
// ARN, with a qualifier.
func (r Resource) function() (string, bool) {
	// Documented: CloudFormation Template Reference, AWS::Lambda::Permission,
	// FunctionName: a name, an ARN or a part of one, each with or without a version or
	// alias.
	value, ok := r.Property("FunctionName")
	if value == "" {
		target, fine := r.Property("TargetFunctionArn")
		value, ok = target, ok && fine
	}
	if _, name, is := strings.Cut(value, ":function:"); is {
		value, _, _ = strings.Cut(name, ":")
	}
	return value, ok
}

// Name is what a property calls a resource, or else a name that is made up.
func (r Resource) Name() (string, bool) {
	if property := formOf(r.Type).property; property != "" {
		name, ok := r.Property(property)
		if !ok || name != "" {
			return name, ok
		}
	}
	name := r.madeUp()
	switch r.Type {
	case "AWS::S3::Bucket":
		// Documented: Amazon S3 User Guide, Bucket naming rules: there are no capital
		// letters.
		return strings.ToLower(name), true
	case "AWS::SQS::Queue", "AWS::SNS::Topic":
		// Documented: CloudFormation Template Reference, AWS::SQS::Queue, FifoQueue,
		// and AWS::SNS::Topic, FifoTopic: a name of such a one ends with .fifo.
		fifo, ok := r.Property("FifoQueue")
		topic, fine := r.Property("FifoTopic")
		if fifo == "true" || topic == "true" {
			name += ".fifo"
		}
		return name, ok && fine
	}
	return name, true
}

// madeUp is a name as CloudFormation makes them, STACK-LOGICALID-XXXXXXXX, in at most the 64
// characters that a function's may have.
// Documented: CloudFormation Template Reference, Name Type.
func (r Resource) madeUp() string {
	const most, tail = 64, 8
	id, stack := r.LogicalID, r.Stack
	if room := most - tail - 2; len(stack)+len(id) > room {
		id = id[:min(len(id), max(room-len(stack), room/2))]
		stack = stack[:min(len(stack), room-len(id))]
	}
	return stack + "-" + id + "-" + r.derived("name", upperLetters, strconv.Itoa(tail))
}

// APIID is what an API is called.
// Observed: AWS's ids of APIs are ten lower-case letters and digits, and addresses of
// APIs are told from others by that.
func APIID(stack, logicalID string) string {
	return Resource{Stack: stack, LogicalID: logicalID}.ID("", 10)
}

// ID is an id of so many lower-case letters and digits for something that a resource
// makes: of one resource and purpose always the same. Without a purpose it is that which
// the forms have.
func (r Resource) ID(purpose string, length int) string {
	n := strconv.Itoa(length)
	if purpose != "" {
		purpose = ":" + purpose
	}
	return r.derived("id:"+n+purpose, lowerLetters, n)
}

// derived draws so many letters by stack, logical id and purpose.
func (r Resource) derived(purpose, letters, length string) string {
	n, _ := strconv.Atoi(length)
	b := make([]byte, 0, n)
	for round := uint32(0); len(b) < n; round++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(r.Stack+"\x00"+r.LogicalID+"\x00"+purpose+"\x00"), round))
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
