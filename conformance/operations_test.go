package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/dragoman-gateway/dragoman/wire"
)

// step is one call of the AWS SDK for Go. Input has the names of the wire, with
// {names} of what earlier steps saved. What a step writes is compared with what it
// answers and with what reading it back answers.
type step struct {
	operation, input string
	save             string // "name=Member", of the answer
	differs          string // members of the input that the answer has in another form, or not at all
}

// conformity runs steps and remembers what they covered.
type conformity struct {
	*gateway
	saved   map[string]string
	called  map[string]bool
	members map[string]bool // "Operation.Member" that was set
}

// TestOperations calls every operation with every member, reads back what was
// written, and compares.
func TestOperations(t *testing.T) {
	c := &conformity{gateway: start(t), saved: map[string]string{}, called: map[string]bool{}, members: map[string]bool{}}
	for _, family := range families {
		for i, s := range family.steps {
			if !t.Run(fmt.Sprintf("%s/%02d %s", family.name, i, s.operation), func(t *testing.T) { c.t = t; c.run(s) }) {
				t.FailNow()
			}
		}
	}
	c.t = t
	c.coverage()
}

// coverage holds the run to the table of operations: all 103, each member of each.
func (c *conformity) coverage() {
	total, passed := 0, 0
	for _, o := range wire.Operations() {
		if o.V1 {
			continue
		}
		total++
		missing := []string{}
		for _, m := range o.Input {
			if !c.members[o.Name+"."+m.Name] {
				missing = append(missing, m.Name)
			}
		}
		switch {
		case !c.called[o.Name]:
			c.t.Errorf("%s was not called", o.Name)
		case len(missing) > 0:
			c.t.Errorf("%s was never called with %s", o.Name, strings.Join(missing, ", "))
		default:
			passed++
		}
	}
	if passed != 103 || total != 103 {
		c.t.Errorf("got %d of %d operations with every member, want 103 of 103", passed, total)
	}
}

func (c *conformity) run(s step) {
	o := wire.Lookup(s.operation)
	if o == nil {
		c.t.Fatalf("no operation %s", s.operation)
	}
	names := []string{}
	for name, value := range c.saved {
		names = append(names, "{"+name+"}", value)
	}
	var input map[string]any
	if err := json.Unmarshal([]byte(strings.NewReplacer(names...).Replace(s.input)), &input); err != nil {
		c.t.Fatalf("%v in %s", err, s.input)
	}
	switch {
	case o.Items != "":
		c.pages(o, input)
	case o.Method == "DELETE":
		c.remove(o, input)
	case o.Method == "GET":
		c.keep(s, c.must(o.Name, input))
	default:
		c.write(o, s, input)
	}
}

// call makes one SDK call; both sides have the SDK's member names.
func (c *conformity) call(operation string, input map[string]any) (sent, answer map[string]any, err error) {
	c.t.Helper()
	method := reflect.ValueOf(c.sdk).MethodByName(operation)
	in := reflect.New(method.Type().In(1).Elem())
	text, _ := json.Marshal(input)
	if err := json.Unmarshal(text, in.Interface()); err != nil {
		c.t.Fatalf("%s: the input does not fit the SDK: %v", operation, err)
	}
	sent = object(c.t, in.Interface())
	c.called[operation] = true
	for name := range sent {
		c.members[operation+"."+name] = true
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(context.Context(c.t.Context())), in})
	if err, _ := out[1].Interface().(error); err != nil {
		return sent, nil, err
	}
	answer = object(c.t, out[0].Interface())
	delete(answer, "ResultMetadata")
	return sent, answer, nil
}

func (c *conformity) must(operation string, input map[string]any) map[string]any {
	c.t.Helper()
	_, answer, err := c.call(operation, input)
	if err != nil {
		c.t.Fatalf("%s %v: %v", operation, input, err)
	}
	return answer
}

// object gives a value of the SDK as JSON, without members that are not set.
func object(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return trim(m).(map[string]any)
}

func trim(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if trim(value); value == nil || value == "" {
				delete(v, name)
			}
		}
	case []any:
		for _, item := range v {
			trim(item)
		}
	}
	return v
}

// write calls, compares the answer with the input, and what is read back with the answer.
func (c *conformity) write(o *wire.Operation, s step, input map[string]any) {
	c.t.Helper()
	sent, answer, err := c.call(o.Name, input)
	if err != nil {
		c.t.Fatalf("%s: %v", o.Name, err)
	}
	c.keep(s, answer)
	different := strings.Fields(s.differs)
	for _, m := range o.Input {
		if m.In == wire.InPath && answer[m.Name] == nil {
			different = append(different, m.Name) // names the parent, or what has no answer
		}
	}
	if len(answer) > 0 {
		c.compare(o.Name+" answers", sent, answer, different)
	}
	get := reader(o.Name)
	if get == nil {
		return
	}
	key := map[string]any{}
	for _, m := range get.Input {
		if m.In == wire.InPath {
			key[m.Wire] = either(answer[m.Name], sent[m.Name])
		}
	}
	stored := c.must(get.Name, key)
	if len(answer) > 0 {
		c.compare(get.Name+" reads back the answer of "+o.Name, answer, stored, nil)
		return
	}
	c.compare(get.Name+" reads back "+o.Name, sent, stored, different)
}

func either(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

// reader is the operation that reads what another one wrote, or nil.
func reader(operation string) *wire.Operation {
	for _, verb := range []string{"Create", "Update", "Put", "Delete", "Reimport", "Import"} {
		if noun, ok := strings.CutPrefix(operation, verb); ok {
			if o := wire.Lookup("Get" + noun); o != nil {
				return o
			}
		}
	}
	return nil
}

// compare wants every member of one side on the other.
func (c *conformity) compare(what string, want, got map[string]any, different []string) {
	c.t.Helper()
	for name, value := range want {
		if slices.Contains(different, name) {
			continue
		}
		if !within(value, got[name]) {
			c.t.Errorf("%s: %s is %s, want %s", what, name, text(got[name]), text(value))
		}
	}
}

// within says whether all of want is in got: members of objects may be more.
func within(want, got any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		for name, value := range want {
			ok = ok && within(value, got[name])
		}
		return ok || len(want) == 0
	case []any:
		got, ok := got.([]any)
		ok = ok && len(want) == len(got)
		for i := 0; ok && i < len(want); i++ {
			ok = within(want[i], got[i])
		}
		return ok || len(want) == 0
	}
	return reflect.DeepEqual(want, got)
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func (c *conformity) keep(s step, answer map[string]any) {
	c.t.Helper()
	if s.save == "" {
		return
	}
	name, member, _ := strings.Cut(s.save, "=")
	value, ok := answer[member].(string)
	if !ok {
		c.t.Fatalf("%s: the answer %s has no %s", s.operation, text(answer), member)
	}
	c.saved[name] = value
}

// pages reads a list of at least two items, one by one. Routes have one response
// at most; their list is asked to go on where another one did.
func (c *conformity) pages(o *wire.Operation, input map[string]any) {
	c.t.Helper()
	items, member := 0, strings.ToUpper(o.Items[:1])+o.Items[1:]
	input["maxResults"] = "1"
	if o.Member("maxResults").Shape.Type == wire.Integer {
		input["maxResults"] = 1
	}
	seen := map[string]bool{}
	for {
		answer := c.must(o.Name, input)
		page, _ := answer[member].([]any)
		for _, item := range page {
			seen[text(item)] = true
		}
		items += len(page)
		next, _ := answer["NextToken"].(string)
		if next == "" {
			break
		}
		if len(page) != 1 {
			c.t.Fatalf("%s: got a page of %d items, want 1", o.Name, len(page))
		}
		input["nextToken"], c.saved["token"] = next, next
	}
	if o.Name == "GetRouteResponses" {
		input["nextToken"] = c.saved["token"]
		c.must(o.Name, input)
		items++
		seen["no other"] = true
	}
	if items < 2 || len(seen) != items {
		c.t.Errorf("%s: got %d items, %d of them different, want at least two, all different", o.Name, items, len(seen))
	}
}

// remove deletes, and wants that what was deleted is gone.
func (c *conformity) remove(o *wire.Operation, input map[string]any) {
	c.t.Helper()
	if o.Name == "DisablePortal" {
		eventually(c.t, "the portal is published", func() bool { return c.must("GetPortal", input)["PublishStatus"] == "PUBLISHED" })
	}
	c.must(o.Name, input)
	get := reader(o.Name)
	if get == nil || o.Name == "DeleteVpcLink" { // says DELETING for a while
		return
	}
	_, _, err := c.call(get.Name, input)
	if refused, ok := errors.AsType[smithy.APIError](err); !ok || refused.ErrorCode() != "NotFoundException" {
		c.t.Errorf("%s after %s: got %v, want NotFoundException", get.Name, o.Name, err)
	}
}
