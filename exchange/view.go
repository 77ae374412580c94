package exchange

import "github.com/dragoman-gateway/dragoman/mapping/json"

// Values is an ordered list of names and values that an authorizer handed on.
type Values []Value

// Value is one of them: a string, int64, float64 or bool, or for HTTP APIs any
// tree of JSON as raw text in JSON.
type Value struct {
	Name  string
	Value any
}

// Get finds a value by name.
func (v Values) Get(name string) (any, bool) {
	for i := range v {
		if v[i].Name == name {
			return v[i].Value, true
		}
	}
	return nil, false
}

// Names lists the names in their order.
func (v Values) Names() []string {
	names := make([]string, len(v))
	for i := range v {
		names[i] = v[i].Name
	}
	return names
}

// identityView is $context.identity. Documented: API Gateway Developer Guide,
// WebSocket API mapping template reference, and Customize HTTP API access logs.
type identityView struct{ id *Identity }

func (v identityView) Get(name string) (any, bool) {
	switch name {
	case "sourceIp":
		return text(v.id.SourceIP)
	case "userAgent":
		return text(v.id.UserAgent)
	case "accountId":
		return text(v.id.AccountID)
	case "accessKey":
		return text(v.id.AccessKey)
	case "apiKey":
		return text(v.id.ApiKey)
	case "apiKeyId":
		return text(v.id.ApiKeyID)
	case "caller":
		return text(v.id.Caller)
	case "user":
		return text(v.id.User)
	case "userArn":
		return text(v.id.UserArn)
	case "principalOrgId":
		return text(v.id.PrincipalOrgID)
	case "cognitoAuthenticationProvider":
		return text(v.id.CognitoAuthenticationProvider)
	case "cognitoAuthenticationType":
		return text(v.id.CognitoAuthenticationType)
	case "cognitoIdentityId":
		return text(v.id.CognitoIdentityID)
	case "cognitoIdentityPoolId":
		return text(v.id.CognitoIdentityPoolID)
	case "clientCert":
		if v.id.ClientCert != nil {
			return certView{v.id.ClientCert}, true
		}
	}
	return nil, false
}

func (v identityView) Names() []string {
	names := []string{
		"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
		"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user", "apiKey", "apiKeyId",
	}
	if v.id.ClientCert != nil {
		names = append(names, "clientCert")
	}
	return names
}

// certView is $context.identity.clientCert, which clients under mutual TLS have.
// Documented: API Gateway Developer Guide, Customize HTTP API access logs.
type certView struct{ cert *ClientCert }

func (v certView) Get(name string) (any, bool) {
	switch name {
	case "clientCertPem":
		return text(v.cert.PEM)
	case "subjectDN":
		return text(v.cert.SubjectDN)
	case "issuerDN":
		return text(v.cert.IssuerDN)
	case "serialNumber":
		return text(v.cert.SerialNumber)
	case "validity":
		return Values{{"notBefore", v.cert.NotBefore}, {"notAfter", v.cert.NotAfter}}, true
	}
	return nil, false
}

func (v certView) Names() []string {
	return []string{"clientCertPem", "subjectDN", "issuerDN", "serialNumber", "validity"}
}

// authorizerView is $context.authorizer: what the authorizer handed on, and what
// asking it came to. Documented: API Gateway Developer Guide, Configure logging for
// WebSocket APIs, has both under one name, so the name that the authorizer chose goes
// first.
type authorizerView struct{ x *Exchange }

func (v authorizerView) Get(name string) (any, bool) {
	if value, ok := v.x.Authorizer.Get(name); ok {
		return value, true
	}
	if name == "usageIdentifierKey" {
		return text(v.x.UsageKey)
	}
	return stepView{&v.x.AuthorizerAt}.Get(name)
}

func (v authorizerView) Names() []string { return v.x.Authorizer.Names() }

// stepView is $context.integration, and of $context.authorizer what came of the call.
// Documented: API Gateway Developer Guide, Configure logging for WebSocket APIs:
// integrationStatus is the service's, status that of the code behind it.
type stepView struct{ step *Step }

func (v stepView) Get(name string) (any, bool) {
	switch name {
	case "status":
		return number(v.step.Status)
	case "integrationStatus":
		return number(v.step.ServiceStatus)
	case "latency", "integrationLatency":
		return latency(v.step.Latency)
	case "requestId":
		return text(v.step.RequestID)
	case "error":
		return text(v.step.Error)
	}
	return nil, false
}

func (v stepView) Names() []string {
	return []string{"error", "integrationStatus", "latency", "requestId", "status"}
}

// errorView is $context.error. Documented: API Gateway Developer Guide, WebSocket API
// mapping template reference.
type errorView struct{ failure *Failure }

func (v errorView) Get(name string) (any, bool) {
	switch name {
	case "message":
		return text(v.failure.Message)
	case "messageString":
		if v.failure.Message == "" {
			return nil, false
		}
		return Quote(v.failure.Message), true
	case "responseType":
		return text(v.failure.ResponseType)
	case "validationErrorString":
		return text(v.failure.Validation)
	}
	return nil, false
}

// Quote is a text as JSON, as $context.error.messageString has it.
func Quote(s string) string { return string(json.AppendBytes(nil, []byte(s), json.Compact)) }

func (v errorView) Names() []string {
	return []string{"message", "messageString", "responseType", "validationErrorString"}
}

// customDomainView is $context.customDomain. Documented: API Gateway Developer Guide,
// Customize HTTP API access logs.
type customDomainView struct{ http *HTTP }

func (v customDomainView) Get(name string) (any, bool) {
	switch name {
	case "basePathMatched":
		return text(v.http.BasePathMatched)
	case "routingRuleIdMatched":
		return text(v.http.RoutingRule)
	}
	return nil, false
}

func (v customDomainView) Names() []string {
	return []string{"basePathMatched", "routingRuleIdMatched"}
}
