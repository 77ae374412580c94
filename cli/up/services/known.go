package services

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
)

// document is a template as far as what it tells can be taken out of it.
type document struct {
	Version   string                     `json:"AWSTemplateFormatVersion,omitempty"`
	Resources map[string]json.RawMessage `json:"Resources"`
	Outputs   map[string]json.RawMessage `json:"Outputs,omitempty"`
}

// PutKnown is Put at a server that may not know everything in a template, and answers
// the outputs that it has no value for.
//
// Observed: moto leaves out resources of types that it does not know, and fails as a
// whole, with status 500, when it is asked what one of them is called; a stack that was to
// be changed so is broken from then on. So where a server has left something out before,
// or fails, the resources are made first, and then those are asked for that are there.
func (c *Client) PutKnown(ctx context.Context, name string, template []byte) (values map[string]string, untold []string, err error) {
	var d document
	// AWS knows all of its types: what it refuses is wrong.
	if Public(c.endpoint) || json.Unmarshal(template, &d) != nil || len(d.Outputs) == 0 {
		values, err = c.Put(ctx, name, template)
		return values, nil, err
	}
	made, left := c.leaves(ctx, name)
	if !left {
		if values, err = c.Put(ctx, name, template); err == nil || ctx.Err() != nil {
			return values, nil, err
		}
	}
	// What was wrong with the whole is what the user can do something about.
	whole := err
	for range 2 {
		if values, err = c.putOutputs(ctx, name, d, made); err == nil {
			made, err = c.made(ctx, name)
		}
		if err != nil {
			if whole == nil {
				whole = err
			}
			return nil, nil, whole
		}
	}
	for _, output := range slices.Sorted(maps.Keys(d.Outputs)) {
		if _, told := values[output]; !told {
			untold = append(untold, output)
		}
	}
	return values, untold, nil
}

// putOutputs asks for nothing but resources that are there.
func (c *Client) putOutputs(ctx context.Context, name string, d document, made map[string]bool) (map[string]string, error) {
	asked := maps.Clone(d.Outputs)
	maps.DeleteFunc(asked, func(_ string, output json.RawMessage) bool { return !made[resourceOf(output)] })
	d.Outputs = asked
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return c.Put(ctx, name, text)
}

// leaves says whether the server has left out resources of a stack that is there, and
// which it has made.
func (c *Client) leaves(ctx context.Context, name string) (made map[string]bool, some bool) {
	var answer struct {
		Body string `xml:"GetTemplateResult>TemplateBody"`
	}
	var d document
	// A stack that is not there has left out nothing; the server will say what else is wrong.
	if c.call(ctx, "GetTemplate", url.Values{"StackName": {name}}, &answer) != nil || json.Unmarshal([]byte(answer.Body), &d) != nil {
		return nil, false
	}
	made, err := c.made(ctx, name)
	if err != nil {
		return nil, false
	}
	for id := range d.Resources {
		some = some || !made[id]
	}
	return made, some
}

// made are the resources of a stack that are there.
func (c *Client) made(ctx context.Context, name string) (map[string]bool, error) {
	var answer struct {
		Resources []struct {
			LogicalID string `xml:"LogicalResourceId"`
			Is        string `xml:"PhysicalResourceId"`
		} `xml:"DescribeStackResourcesResult>StackResources>member"`
	}
	if err := c.call(ctx, "DescribeStackResources", url.Values{"StackName": {name}}, &answer); err != nil {
		return nil, err
	}
	made := map[string]bool{}
	for _, r := range answer.Resources {
		made[r.LogicalID] = r.Is != ""
	}
	return made, nil
}

// resourceOf is the resource that an output asks for something.
func resourceOf(output json.RawMessage) string {
	var of struct {
		Value struct {
			Ref    string   `json:"Ref"`
			GetAtt []string `json:"Fn::GetAtt"`
		} `json:"Value"`
	}
	if json.Unmarshal(output, &of) != nil { // of another form: it is nobody's
		return ""
	}
	if len(of.Value.GetAtt) > 0 {
		return of.Value.GetAtt[0]
	}
	return of.Value.Ref
}
