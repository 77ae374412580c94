package iam

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// service is the signing name of every data plane.
const service = "execute-api"

// Config is where the authorizer stands.
type Config struct {
	API     string // id
	Region  string // "" takes signatures for any region
	Account string // of the API, 12 digits; "" takes callers of any
	Home    string // of keys that name no account of their own; "" for the API's

	// WebSocket words refusals as WebSocket APIs do.
	WebSocket bool
}

// Authorizer checks signatures. All its outcomes are Allow, Deny, and Failed if
// a body could not be read.
type Authorizer struct {
	config   Config
	verifier *sigv4.Verifier
}

var _ authorizer.Authorizer = (*Authorizer)(nil)

// New makes an authorizer. Without a verifier it takes any whole signature for
// execute-api, whoever made it, of requests that nobody doubts: it is for a gateway
// on loopback that was given no keys.
func New(c Config, verifier *sigv4.Verifier) *Authorizer {
	return &Authorizer{config: c, verifier: verifier}
}

// Authorize implements authorizer.Authorizer. The body is read only if the head
// does not refuse the request.
func (a *Authorizer) Authorize(_ context.Context, r *authorizer.Request) *authorizer.Decision {
	id, err := a.identify(r)
	var refusal *sigv4.Error
	var doubt doubted
	switch {
	case errors.As(err, &doubt):
		d := a.refuse(&sigv4.Error{Code: sigv4.UnrecognizedClient, Message: "The gateway was given no keys to verify signatures with."})
		d.Doubt = string(doubt)
		return d
	case errors.As(err, &refusal):
		return a.refuse(refusal)
	case err != nil:
		return &authorizer.Decision{Outcome: authorizer.Failed, Reason: unread, Cause: fmt.Errorf("reading the body: %w", err)}
	}
	if why := a.strange(id); why != "" {
		return &authorizer.Decision{Outcome: authorizer.Deny, Reason: notAuthorized, Cause: errors.New(why), ErrorType: accessDenied}
	}
	caller := a.caller(id.Key)
	return &authorizer.Decision{Outcome: authorizer.Allow, Principal: caller.UserARN, Caller: caller}
}

// identify tells who signed.
func (a *Authorizer) identify(r *authorizer.Request) (*sigv4.Identity, error) {
	if a.verifier != nil && a.verifier.Keys != nil {
		return a.verified(r)
	}
	if r.Doubt == nil {
		return nil, doubted("this gateway believes what is proven alone")
	}
	if why := r.Doubt(); why != "" {
		return nil, doubted(why)
	}
	parsed, err := sigv4.Parse(r.HTTP)
	if err != nil {
		return nil, err
	}
	if parsed.Service != service {
		return nil, &sigv4.Error{Code: sigv4.InvalidSignature, Message: "Credential should be scoped to correct service: '" + service + "'. "}
	}
	key := &credential.Key{ID: parsed.AccessKeyID, Profile: parsed.AccessKeyID}
	return &sigv4.Identity{Key: key, Authorization: parsed}, nil
}

// verified tells who signed, by the head first.
func (a *Authorizer) verified(r *authorizer.Request) (*sigv4.Identity, error) {
	claim, err := a.verifier.Head(r.HTTP, service)
	if err != nil {
		return nil, err
	}
	if region := claim.Region(); a.config.Region != "" && region != a.config.Region {
		return nil, elsewhere(region)
	}
	if r.PayloadHash == nil {
		return claim.Body(nil)
	}
	return claim.Body(func() (string, error) { return r.PayloadHash(claim.Proven()) })
}

// elsewhere refuses signatures for another region than the API's.
func elsewhere(region string) *sigv4.Error {
	return &sigv4.Error{Code: accessDenied, Message: "the request was signed for region " + region}
}

const (
	accessDenied = "AccessDeniedException"

	// The texts of REST APIs, which say nothing of whose key it is and what is known
	// here.
	unread        = "Bad Request"
	notAuthorized = "User is not authorized to access this resource"
	unknownKey    = "The security token included in the request is invalid."
)

// doubted is why an unverified signature is not believed.
type doubted string

func (d doubted) Error() string { return string(d) }

// refuse words a signature that is no good.
func (a *Authorizer) refuse(e *sigv4.Error) *authorizer.Decision {
	d := &authorizer.Decision{Outcome: authorizer.Deny, Reason: e.Message, ErrorType: e.Code}
	if e.Code == sigv4.MissingAuthenticationToken && !a.config.WebSocket {
		// Observed: the error type that HTTP APIs answer to a request without a
		// signature.
		d.ErrorType = sigv4.IncompleteSignature
		d.Reason = "The request for the IAM Authorizer doesn't match the format that API Gateway expects."
	}
	if e.Code == sigv4.UnrecognizedClient || e.Code == accessDenied {
		d.Cause = e
		d.Reason = notAuthorized
		if e.Code == sigv4.UnrecognizedClient {
			d.Reason = unknownKey
		}
	}
	return d
}

// strange says why a good signature is still not for this API.
func (a *Authorizer) strange(id *sigv4.Identity) string {
	switch {
	case a.config.Region != "" && id.Authorization.Region != a.config.Region:
		return "the request was signed for region " + id.Authorization.Region
	case a.config.Account != "" && a.account(id.Key) != a.config.Account:
		return "the caller belongs to another account than the API"
	case !id.Key.Permits(a.config.API, false):
		return "the key is limited to other APIs"
	}
	return ""
}

// caller makes an identity of a key.
// Assumed: a profile is a user of its name, with ids in the form of IAM's that
// stay the same as long as the profile keeps its name; a key with a session
// token is a role of that name in a session of that name.
func (a *Authorizer) caller(k *credential.Key) *authorizer.Caller {
	account := a.account(k)
	name := iamName(k.Profile)
	c := &authorizer.Caller{AccessKey: k.ID, AccountID: account}
	if k.SessionToken != "" {
		c.UserARN = "arn:aws:sts::" + account + ":assumed-role/" + name + "/" + name
		c.UserID = uniqueID("AROA", account, name) + ":" + name
	} else {
		c.UserARN = "arn:aws:iam::" + account + ":user/" + name
		c.UserID = uniqueID("AIDA", account, name)
	}
	c.CallerID = c.UserID
	return c
}

// account is whose a key is.
func (a *Authorizer) account(k *credential.Key) string {
	return cmp.Or(k.Account, a.config.Home, a.config.Account)
}

// uniqueID makes the 21 characters of an id of IAM's.
func uniqueID(prefix, account, name string) string {
	sum := sha256.Sum256([]byte(account + "/" + name))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// iamName keeps the characters that a name in an ARN may have.
func iamName(profile string) string {
	return strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("_+=,.@-", c) {
			return c
		}
		return '-'
	}, profile)
}
