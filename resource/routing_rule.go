package resource

// RoutingRule routes requests of a custom domain by headers and base path; lower priorities go first.
type RoutingRule struct {
	Actions        []RoutingRuleAction    `json:"actions,omitempty"`
	Conditions     []RoutingRuleCondition `json:"conditions,omitempty"`
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
