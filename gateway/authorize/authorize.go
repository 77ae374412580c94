package authorize

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/authorizer/iam"
	"github.com/dragoman-gateway/dragoman/authorizer/jwt"
	"github.com/dragoman-gateway/dragoman/authorizer/lambda"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record/mask"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// Config is what authorizers need; members that say so may be nil.
type Config struct {
	Issuers   *jwt.Issuers     // keys of issuers; nil makes a set with AWS's bounds
	Functions function.Invoker // of Lambda authorizers; nil refuses where one is asked for
	Verifier  *sigv4.Verifier  // of AWS_IAM; nil takes signatures that nobody doubts
	Home      string           // account of keys that name none
	PerRoute  bool             // messages of WebSocket APIs are authorized by their routes, and by JWT authorizers too
	Notices   *notice.Notices  // are told of refusals; nil: nobody is
	Mask      *mask.Mask       // takes what identifies callers out of what is remembered of decisions; nil: of refusals no reason is remembered
	Cache     int              // results of each kind that are remembered; authorizer.DefaultCacheSize when zero
}

// Authorizers makes authorizers. It is safe for concurrent use.
type Authorizers struct {
	config Config
	// All routes of all stages share both: a key holds API, stage and authorizer, so that no answer
	// is another's, and one bound holds for all.
	tokens  *jwt.Tokens
	answers *lambda.Answers
	last    *last
}

// New makes an empty set of authorizers.
func New(c Config) *Authorizers {
	if c.Issuers == nil {
		c.Issuers = jwt.NewIssuers(jwt.Options{})
	}
	return &Authorizers{
		config:  c,
		last:    &last{mask: c.Mask},
		tokens:  jwt.NewTokens(c.Cache),
		answers: authorizer.NewCache[*lambda.Answer](c.Cache),
	}
}

// Reset forgets what Lambda authorizers of a stage have answered.
// Tokens stay: what one proves cannot change, and its times are looked at again each time.
func (a *Authorizers) Reset(apiID, stage string) { a.answers.Reset(apiID, stage, "") }

// Check fetches what an issuer of tokens publishes and says what is wrong with it.
func (a *Authorizers) Check(ctx context.Context, issuer string) error {
	return a.config.Issuers.Check(ctx, issuer)
}

// Decider decides about the requests, the handshakes or the messages of one route.
type Decider struct {
	notices *notice.Notices
	last    *last
	socket  bool   // the route is of a WebSocket API
	message bool   // and not $connect
	tokens  bool   // inner judges tokens, and asks for nothing but identity sources and scopes
	kind    string // authorizationType of the route
	inner   authorizer.Authorizer
	sources []authorizer.Source
	scopes  []string
	version string   // of the event that a function is asked with
	key     string   // of the route
	name    string   // of the authorizer, with its id; "" for none
	texts   []string // of sources
	region  string   // of the API
	arn     string   // up to the method: arn:…/{apiId}/{stage}/
}

// Route makes who decides about a route, nil when it is open.
func (a *Authorizers) Route(stage *plan.Stage, route *plan.RouteConfig) *Decider {
	d := &Decider{
		notices: a.config.Notices, last: a.last, socket: stage.Protocol == resource.WebSocket, kind: route.Resource.AuthorizationType,
		key: route.Key, region: stage.Region, arn: arnOf(stage), scopes: route.Resource.AuthorizationScopes,
	}
	d.message = d.socket && d.key != resource.ConnectKey
	switch {
	case d.kind == "" || d.kind == resource.AuthNone:
		return nil
	// A gateway that was started with the flag may be started without it, and keeps its routes.
	// Documented: API Gateway Developer Guide, Control access to WebSocket APIs: IAM and Lambda
	// authorizers for $connect; JWT authorizers are for HTTP APIs.
	case d.socket && !a.config.PerRoute && (d.message || d.kind == resource.AuthJWT):
		d.inner = shut{fmt.Errorf("authorization type %q is not for %s of WebSocket APIs without --websocket-route-authorization", d.kind, d.key)}
	case d.message && d.kind == resource.AuthIAM:
		d.inner = signed{}
	case d.kind == resource.AuthIAM:
		d.inner = a.iam(stage, d.socket)
	case d.kind == resource.AuthCustom || d.kind == resource.AuthJWT:
		a.named(d, stage, route.Authorizer)
	default:
		d.inner = shut{fmt.Errorf("authorization type %q is not known", d.kind)}
	}
	return d
}

// named makes the authorizer that a route names.
func (a *Authorizers) named(d *Decider, stage *plan.Stage, r *resource.Authorizer) {
	var err error
	switch {
	// A route whose authorizer is gone or of another kind is shut: to serve it as if it had none
	// would let everybody in.
	case r == nil:
		err = errors.New("the route's authorizer is not there")
	case d.kind == resource.AuthJWT && (r.AuthorizerType != resource.AuthorizerJWT || r.JwtConfiguration == nil):
		err = errors.New("the route asks for a JWT authorizer and names another")
	case d.kind == resource.AuthCustom && r.AuthorizerType != resource.AuthorizerRequest:
		err = errors.New("the route asks for a Lambda authorizer and names another")
	default:
		d.version = r.AuthorizerPayloadFormatVersion
		d.sources, err = authorizer.ParseSources(r.IdentitySource)
		d.name, d.texts = r.Name+" ("+r.AuthorizerId+")", r.IdentitySource
	}
	switch {
	case err != nil:
		d.inner = shut{err}
	case d.kind == resource.AuthJWT:
		d.tokens = true
		d.inner = jwt.New(jwt.Config{
			API: stage.ApiID, Stage: stage.Name, Authorizer: r.AuthorizerId,
			Issuer: r.JwtConfiguration.Issuer, Audience: r.JwtConfiguration.Audience,
		}, a.config.Issuers, a.tokens)
	default:
		d.inner = a.lambda(stage, r, d)
	}
}

// iam makes the authorizer of routes with AWS_IAM, of which there is nothing to configure.
func (a *Authorizers) iam(stage *plan.Stage, socket bool) authorizer.Authorizer {
	return iam.New(iam.Config{
		API: stage.ApiID, Region: stage.Region, Account: stage.AccountID, Home: a.config.Home,
		WebSocket: socket,
	}, a.config.Verifier)
}

// lambda makes a Lambda authorizer. Its URI may name an alias by a stage variable, so that
// each stage has its own.
func (a *Authorizers) lambda(stage *plan.Stage, r *resource.Authorizer, d *Decider) authorizer.Authorizer {
	if a.config.Functions == nil {
		return shut{errors.New("no functions can be invoked here")}
	}
	c := lambda.Config{
		API: stage.ApiID, Stage: stage.Name, Authorizer: r.AuthorizerId,
		Function: expr.InStage(r.AuthorizerUri, stage.Variables), Sources: len(r.IdentitySource), WebSocket: d.socket,
		Simple: r.AuthorizerPayloadFormatVersion == "2.0" && r.EnableSimpleResponses != nil && *r.EnableSimpleResponses,
	}
	// Without a time nothing is remembered: an answer may have been for this request alone.
	// Assumed: a handshake asks anew, as on AWS, though the answers for messages are remembered.
	if r.AuthorizerResultTtlInSeconds != nil && (d.message || !d.socket) {
		c.TTL = time.Duration(*r.AuthorizerResultTtlInSeconds) * time.Second
	}
	return lambda.New(c, a.invoke(stage.Region, r.AuthorizerCredentialsArn), a.answers)
}

// invoke calls functions for authorizers.
func (a *Authorizers) invoke(region, credentials string) lambda.Invoke {
	return func(ctx context.Context, name string, event []byte, notes *authorizer.Notes) ([]byte, error) {
		result, err := a.config.Functions.Invoke(ctx, &function.Call{
			Function: name, Payload: event, Credentials: credentials, Region: region, Logs: notes != nil && notes.Full,
		})
		if err != nil {
			return nil, &lambda.Unasked{Words: message.Words(err, "authorizer"), Cause: err}
		}
		if notes != nil {
			notes.Logs = result.Logs
		}
		// What a failed function has said goes with its error: {"errorMessage": "Unauthorized"} is how
		// functions say 401.
		if result.Error != "" {
			return result.Payload, errors.New(result.Error)
		}
		return result.Payload, nil
	}
}

// shut refuses everybody: the authorizer cannot be made as it is configured.
// Clients are told no more than that it is the API's fault; the log and the record say what.
type shut struct{ why error }

func (r shut) Authorize(context.Context, *authorizer.Request) *authorizer.Decision {
	return &authorizer.Decision{Outcome: authorizer.Failed, Reason: message.Words(message.ErrConfiguration, "authorizer"), Cause: r.why}
}

// arnOf is the beginning of the ARNs of what a stage serves.
// Policies are written against it, so it has the API's own region and account, wherever this
// process runs.
func arnOf(stage *plan.Stage) string {
	return "arn:aws:execute-api:" + stage.Region + ":" + stage.AccountID + ":" + stage.ApiID + "/" + stage.Name + "/"
}
