package resource

import (
	"regexp"
	"strings"
)

// RoutingRule routes requests of a custom domain by headers and base path; lower priorities go first.
type RoutingRule struct {
	Actions        []RoutingRuleAction    `json:"actions"`
	Conditions     []RoutingRuleCondition `json:"conditions"`
	Priority       int32                  `json:"priority,omitempty"`
	RoutingRuleArn string                 `json:"routingRuleArn,omitempty"`
	RoutingRuleId  string                 `json:"routingRuleId,omitempty"`
}

// RoutingRuleAction is what a matching rule does.
type RoutingRuleAction struct {
	InvokeApi *RoutingRuleActionInvokeApi `json:"invokeApi,omitempty"`
}

// RoutingRuleActionInvokeApi hands the request to a stage of an API, with or without the matched base path.
type RoutingRuleActionInvokeApi struct {
	ApiId         string `json:"apiId,omitempty"`
	Stage         string `json:"stage,omitempty"`
	StripBasePath bool   `json:"stripBasePath"`
}

// RoutingRuleCondition is one condition; all conditions of a rule must hold.
type RoutingRuleCondition struct {
	MatchBasePaths *RoutingRuleMatchBasePaths `json:"matchBasePaths,omitempty"`
	MatchHeaders   *RoutingRuleMatchHeaders   `json:"matchHeaders,omitempty"`
}

// RoutingRuleMatchBasePaths holds when the path begins with one of the base paths.
type RoutingRuleMatchBasePaths struct {
	AnyOf []string `json:"anyOf,omitempty"`
}

// RoutingRuleMatchHeaders holds when one of the header globs matches.
type RoutingRuleMatchHeaders struct {
	AnyOf []RoutingRuleMatchHeaderValue `json:"anyOf,omitempty"`
}

// RoutingRuleMatchHeaderValue is a header name and a glob with * at its start, end or both.
type RoutingRuleMatchHeaderValue struct {
	Header    string `json:"header,omitempty"`
	ValueGlob string `json:"valueGlob,omitempty"`
}

// Headers are shorter than 40 characters, globs and base paths shorter than 128.
// Documented: API Gateway Developer Guide, Routing rules to connect API stages to
// a custom domain name for REST APIs.
var (
	ruleHeader = form{regexp.MustCompile("^[a-zA-Z0-9!#$%&'^_`|~?.-]+$"), 39}
	ruleGlob   = regexp.MustCompile("^\\*?[a-zA-Z0-9!#$%&'^_`|~?.-]*\\*?$")
	rulePath   = form{regexp.MustCompile(`^[A-Za-z0-9$\-_.+!*'()/]+$`), 127}
)

// Validate holds a rule to its counts and forms, which the page on routing rules
// lists. The texts are ours.
func (r *RoutingRule) Validate() error {
	if r.Priority < 1 || r.Priority > 1_000_000 {
		return bad("Invalid value specified for Priority: must be between 1 and 1000000")
	}
	if len(r.Actions) != 1 || r.Actions[0].InvokeApi == nil {
		return bad("Invalid routing rule: exactly one action, of the kind InvokeApi, is required")
	}
	headers, paths := 0, 0
	for _, c := range r.Conditions {
		switch {
		case (c.MatchHeaders == nil) == (c.MatchBasePaths == nil):
			return bad("Invalid routing rule: a condition has either MatchHeaders or MatchBasePaths")
		case c.MatchHeaders != nil:
			headers++
		default:
			paths++
		}
		if err := c.validate(); err != nil {
			return err
		}
	}
	if headers > 2 || paths > 1 {
		return bad("Invalid routing rule: at most two MatchHeaders conditions and one MatchBasePaths condition are allowed")
	}
	return nil
}

func (c *RoutingRuleCondition) validate() error {
	if p := c.MatchBasePaths; p != nil {
		if len(p.AnyOf) != 1 {
			return bad("Invalid routing rule: AnyOf has exactly one value")
		}
		return basePath(p.AnyOf[0])
	}
	if len(c.MatchHeaders.AnyOf) != 1 {
		return bad("Invalid routing rule: AnyOf has exactly one value")
	}
	h := c.MatchHeaders.AnyOf[0]
	switch {
	case !ruleHeader.MatchString(h.Header):
		return bad("Invalid routing rule: %q is not the name of a header of at most 39 characters", h.Header)
	case reservedHeader(strings.ToLower(h.Header)):
		return bad("Invalid routing rule: the header %s is reserved", h.Header)
	case h.ValueGlob == "" || len(h.ValueGlob) > 127 || !ruleGlob.MatchString(h.ValueGlob):
		return bad("Invalid routing rule: ValueGlob must have 1 to 127 characters and * only at its start or end")
	}
	return nil
}

func basePath(path string) error {
	if !rulePath.MatchString(path) || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.Contains(path, "//") {
		return bad("Invalid routing rule: the base path %q must have 1 to 127 letters, digits or $-_.+!*'(), with single slashes between its parts", path)
	}
	return nil
}

// reservedHeader says whether rules may not look at a header, given in lower
// case: those that parameter mappings may not write either, and two of AWS's own.
func reservedHeader(name string) bool {
	for _, prefix := range []string{"access-control-", "apigw-", "x-amz-", "x-amzn-", "x-forwarded-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "authorization", "connection", "content-encoding", "content-length", "content-location", "forwarded",
		"keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
		"upgrade", "via", "x-apigw-api-id", "x-restapi":
		return true
	}
	return false
}
