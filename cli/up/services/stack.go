package services

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// stack is one as DescribeStacks tells of it.
type stack struct {
	Status  string `xml:"StackStatus"`
	Reason  string `xml:"StackStatusReason"`
	Outputs []struct {
		Key   string `xml:"OutputKey"`
		Value string `xml:"OutputValue"`
	} `xml:"Outputs>member"`
}

// longestWait bounds how long a stack may be under way.
const longestWait = 10 * time.Minute

// Put makes a stack hold what a template says, and answers its outputs.
func (c *Client) Put(ctx context.Context, name string, template []byte) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	there, err := c.settled(ctx, name)
	if err != nil {
		return nil, err
	}
	// Documented: AWS CloudFormation User Guide, stack status codes: what could not be
	// made can only be deleted.
	if there != nil && (there.Status == "ROLLBACK_COMPLETE" || strings.HasSuffix(there.Status, "CREATE_FAILED") || strings.HasPrefix(there.Status, "ROLLBACK_FAILED")) {
		if err := c.call(ctx, "DeleteStack", url.Values{"StackName": {name}}, nil); err != nil {
			return nil, err
		}
		if there, err = c.settled(ctx, name); err != nil {
			return nil, err
		}
	}
	action := "UpdateStack"
	if there == nil || there.Status == "DELETE_COMPLETE" {
		action = "CreateStack"
	}
	err = c.call(ctx, action, url.Values{
		"StackName": {name}, "TemplateBody": {string(template)},
		"Capabilities.member.1": {"CAPABILITY_IAM"}, "Capabilities.member.2": {"CAPABILITY_NAMED_IAM"},
	}, nil)
	// Documented: AWS CloudFormation API Reference, UpdateStack: so it says that all is
	// as it should be.
	if refused, ok := errors.AsType[*refusal](err); ok && strings.Contains(refused.Message, "No updates are to be performed") {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	made, err := c.settled(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case made == nil:
		return nil, fmt.Errorf("the stack %s is gone", name)
	case made.Status != "CREATE_COMPLETE" && made.Status != "UPDATE_COMPLETE":
		return nil, fmt.Errorf("the stack %s is %s: %s", name, made.Status, c.why(ctx, name, made))
	}
	values := map[string]string{}
	for _, o := range made.Outputs {
		values[o.Key] = o.Value
	}
	return values, nil
}

// settled waits until nothing is under way in a stack; nil is for none.
func (c *Client) settled(ctx context.Context, name string) (*stack, error) {
	for {
		s, err := c.describe(ctx, name)
		if err != nil || s == nil || !strings.HasSuffix(s.Status, "_IN_PROGRESS") {
			return s, err
		}
		if err := tasks.Pause(ctx, c.pause); err != nil {
			return nil, fmt.Errorf("the stack %s is still %s: %w", name, s.Status, err)
		}
	}
}

func (c *Client) describe(ctx context.Context, name string) (*stack, error) {
	var answer struct {
		Stacks []stack `xml:"DescribeStacksResult>Stacks>member"`
	}
	err := c.call(ctx, "DescribeStacks", url.Values{"StackName": {name}}, &answer)
	// Documented: AWS CloudFormation API Reference, DescribeStacks: an error when the
	// stack does not exist, which is a ValidationError.
	if refused, ok := errors.AsType[*refusal](err); ok && (strings.Contains(refused.Message, "does not exist") || refused.Code == "StackNotFoundException") {
		return nil, nil
	}
	if err != nil || len(answer.Stacks) == 0 {
		return nil, err
	}
	return &answer.Stacks[0], nil
}

// why says what has kept a stack from being made: the first resource that failed, or
// what the stack says of itself.
func (c *Client) why(ctx context.Context, name string, s *stack) string {
	var answer struct {
		Events []struct {
			LogicalID string `xml:"LogicalResourceId"`
			Status    string `xml:"ResourceStatus"`
			Reason    string `xml:"ResourceStatusReason"`
		} `xml:"DescribeStackEventsResult>StackEvents>member"`
	}
	if c.call(ctx, "DescribeStackEvents", url.Values{"StackName": {name}}, &answer) == nil {
		for i := len(answer.Events) - 1; i >= 0; i-- { // the newest comes first
			if e := answer.Events[i]; strings.HasSuffix(e.Status, "_FAILED") && e.Reason != "" {
				return e.LogicalID + ": " + e.Reason
			}
		}
	}
	if s.Reason != "" {
		return s.Reason
	}
	return "it does not say why"
}

var noName = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// longestName is what a stack's name may have, in characters.
const longestName = 128

// Name is the name of the stack beside one of this name: never that one itself, which
// may be deployed at the same server.
func Name(of string) string {
	name := strings.Trim(noName.ReplaceAllString(of, "-"), "-")
	if name == "" || name[0] < 'A' {
		name = "s-" + name
	}
	const suffix = "-dragoman"
	return name[:min(len(name), longestName-len(suffix))] + suffix
}
