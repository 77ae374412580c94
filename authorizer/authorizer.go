package authorizer

import (
	"context"
	"errors"
	"net/http"

	"github.com/dragoman-gateway/dragoman/exchange"
)

// Authorizer decides about requests. It is called from many goroutines.
type Authorizer interface {
	// Authorize answers a decision, never nil. There is no error that a caller
	// could forget: a failure makes the outcome Failed or a refusal, and
	// Decision.Reason says why.
	//
	// The decision may be shared with other requests: the caller must not
	// change it. Every wait ends when ctx does.
	Authorize(ctx context.Context, r *Request) *Decision
}

// Request is what an authorizer may look at.
type Request struct {
	// ARN is what is asked for:
	// arn:aws:execute-api:{region}:{account}:{apiId}/{stage}/{METHOD}/{path},
	// with the path of this request, or …/{stage}/$connect.
	ARN string
	// Also is the ARN with the path read in other ways, as a backend may read it. A
	// policy that denies by name denies each of them.
	Also []string
	// RouteKey is the key of the route that was chosen.
	RouteKey string
	// Sources are the values of the authorizer's identity sources, in its
	// order; "" stands for one that the request does not have.
	Sources []string
	// Scopes are the route's authorizationScopes, of which a token must hold one.
	Scopes []string
	// SourceIP is $context.identity.sourceIp, for policies that speak of it.
	SourceIP string
	// Secure is whether the client is known to speak TLS.
	Secure bool
	// HTTP is the request as net/http received it, nil of a message. Its body is not read.
	HTTP *http.Request
	// Signer is who signed the handshake of a message, nil for nobody.
	Signer *Caller
	// Doubt says why what the request says of itself is not believed without proof,
	// "" when it is; nil believes nothing.
	Doubt func() string
	// PayloadHash answers the hex SHA-256 of the body, which it reads; nil for an
	// empty body. proven says that the caller is known by then; less memory is
	// allowed for others.
	PayloadHash func(proven bool) (string, error)
	// Event answers the event that a function is asked with. It is called at
	// most once, and only if a function is asked.
	Event func() ([]byte, error)
	// Notes takes what the decision was made by; nil: nobody wants to know.
	Notes *Notes
}

// Notes are what a decision was made by, for whoever shows it.
type Notes struct {
	Full      bool     // whoever asks wants the checks of a token that pass too, and what a function logs
	Cached    bool     // nobody was asked, for the answer was known
	Checks    []Check  // of a token's claims, in the order in which they are made
	Statement string   // of a policy, that decided: its number, effect, actions and resources; "" for none
	Number    int      // of that statement, from 1; 0 for none
	Logs      []string // lines that the function has logged, of one that runs here, which was asked
	Said      string   // what decided else, such as what a policy does not say; "" for nothing
}

// Check is one thing that was compared.
type Check struct {
	Name  string // of the claim, such as aud
	Wants string // what it must be, in words
	Has   string // what it is
	OK    bool
}

// Outcome is what an authorizer decided.
type Outcome uint8

// The outcomes. The zero Outcome refuses.
const (
	Failed       Outcome = iota // it could not decide: 500
	Deny                        // it said no: 403
	Unauthorized                // the client did not say who it is: 401
	Allow                       // it said yes
)

// Status is the HTTP status of a refusal, 200 for Allow.
func (o Outcome) Status() int {
	switch o {
	case Allow:
		return http.StatusOK
	case Deny:
		return http.StatusForbidden
	case Unauthorized:
		return http.StatusUnauthorized
	}
	return http.StatusInternalServerError
}

// Decision is what an authorizer says of one request.
type Decision struct {
	Outcome Outcome
	// Reason says why not, in AWS's words, for $context.authorizer.error, which
	// events and access logs show: it names no internals.
	Reason string
	// Cause is why not in all detail, for the log of the process alone; nil where
	// Reason says it all.
	Cause error
	// Challenge is the value of the WWW-Authenticate header, "" for none.
	Challenge string
	// ErrorType is the value of the x-amzn-ErrorType header, "" for none.
	ErrorType string
	// Explicit is true if a policy denied by name rather than by silence.
	Explicit bool
	// Remote is true if who had to be asked, such as an issuer, did not answer.
	Remote bool
	// Doubt is why nobody could believe an unverified signature, "" for any other
	// decision.
	Doubt string

	// Principal is who the caller is, "" if the authorizer does not say.
	Principal string
	// Context is $context.authorizer in the order of the answer: strings, int64,
	// float64, bool, and json.RawMessage for what else HTTP APIs hand on.
	// For a token it is {"claims": exchange.Values of strings, "scopes": …}.
	Context exchange.Values
	// UsageKey is the value of an API key that the authorizer names for a
	// usage plan (usageIdentifierKey), "" for none.
	UsageKey string
	// Token is what a JSON Web Token says, nil for other authorizers.
	Token *Token
	// Caller is who signed, nil for other authorizers.
	Caller *Caller
}

// Why is why not in all detail, for the log of the process alone.
func (d *Decision) Why() error {
	if d.Cause != nil {
		return d.Cause
	}
	return errors.New(d.Reason)
}

// Token holds the claims of a JSON Web Token as they are handed on.
type Token struct {
	Claims exchange.Values // all strings, in the order of the token
	Scopes []string        // the token's scopes; nil if the route asks for none
}

// Caller is who signed a request, in the members of $context.identity and of
// requestContext.authorizer.iam.
type Caller struct {
	AccessKey string
	AccountID string
	CallerID  string // identity.caller
	UserARN   string
	UserID    string // identity.user
}

// Fill writes the caller into $context.identity.
func (c *Caller) Fill(id *exchange.Identity) {
	id.AccessKey, id.AccountID = c.AccessKey, c.AccountID
	id.Caller, id.User, id.UserArn = c.CallerID, c.UserID, c.UserARN
}
