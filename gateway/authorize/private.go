package authorize

import (
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Private tells of what identifies the caller of a request or a handshake: the values of
// the identity sources of all authorizers of a stage's API, whether the route has one or
// not, with the names that headers and parameters have. They are credentials of some
// kind, and not to be shown. The request is nil of a message, which has a
// body instead, and the exchange where there is none.
func Private(stage *plan.Stage, r *http.Request, body []byte, x *exchange.Exchange, tell func(name, value string)) {
	if stage == nil {
		return
	}
	for _, text := range stage.Identity {
		source, err := authorizer.ParseSource(text)
		if err != nil {
			continue // its authorizer lets nobody in
		}
		switch source.Place {
		case authorizer.Header, authorizer.Query:
			if r != nil {
				sent(r, source, tell)
			}
		case authorizer.Body:
			tell("", inBody(body, source.Name))
		case authorizer.StageVariable:
			tell("", stage.Variables[source.Name])
		case authorizer.Context:
			if x == nil || gatewaysOwn[source.Name] {
				continue
			}
			if value, ok := x.Lookup(source.Name); ok {
				tell("", value)
			}
		}
	}
}

// sent tells of the values of a header or a parameter.
func sent(r *http.Request, source authorizer.Source, tell func(name, value string)) {
	values := r.Header.Values(source.Name)
	switch {
	case source.Place == authorizer.Query:
		values = r.URL.Query()[source.Name]
	case strings.EqualFold(source.Name, "Host"):
		values = []string{r.Host}
	}
	for _, value := range values {
		tell(source.Name, value)
	}
}

// secret are the values of identity sources that are credentials.
func (d *Decider) secret(values []string) (secret []string) {
	for i, value := range values {
		if s := &d.sources[i]; s.Place != authorizer.Context || !gatewaysOwn[s.Name] {
			secret = append(secret, value)
		}
	}
	return secret
}

// gatewaysOwn are the variables of $context that say what was called and not who calls:
// where they are part of the key of a cache they are no secret.
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS Lambda
// authorizers: $context.routeKey has answers be cached for each route.
var gatewaysOwn = map[string]bool{
	"accountId": true, "apiId": true, "connectedAt": true, "connectionId": true, "domainName": true, "domainPrefix": true, "eventType": true,
	"extendedRequestId": true, "httpMethod": true, "messageDirection": true, "path": true, "protocol": true, "requestId": true,
	"requestTime": true, "requestTimeEpoch": true, "routeKey": true, "stage": true,
}
