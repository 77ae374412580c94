package admission

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Claim is who a call of @connections says that it comes from, after its head was
// judged.
type Claim interface {
	// Proven says whether the head alone proves it.
	Proven() bool
	// Prove judges the body; an error refuses the call.
	Prove(body []byte) error
	// May judges a stage that was not known when the head was judged; an error refuses
	// the call, with ErrOtherAccount in it where the stage is not of the caller's account.
	// Ask it after Prove.
	May(stage *plan.Stage) error
}

// ErrOtherAccount is within the refusal of a key whose account does not own the stage.
var ErrOtherAccount = errors.New("the key belongs to another account")

// Anybody is a Claim that may everything.
type Anybody struct{}

var _ Claim = Anybody{}

// Proven implements Claim.
func (Anybody) Proven() bool { return true }

// Prove implements Claim.
func (Anybody) Prove([]byte) error { return nil }

// May implements Claim.
func (Anybody) May(*plan.Stage) error { return nil }

// signsConnections is the name that AWS signs calls of @connections for.
const signsConnections = "execute-api"

// Guard judges calls of @connections. Without a verifier those are believed that this
// machine alone can have made, and all others refused.
type Guard struct {
	Verifier *sigv4.Verifier // nil: there are no keys
	// Functions verifies by the keys that functions of this machine sign with. They are
	// good under any host, for they prove who calls; nil: there are none.
	Functions *sigv4.Verifier
	Home      string          // account of keys that name none
	Notices   *notice.Notices // are told of refusals; nil: nobody is
}

// Head judges the head of a call, before its body is read. The stage is nil where it is
// not known yet.
func (g *Guard) Head(r *http.Request, client *peer.Client, stage *plan.Stage) (Claim, error) {
	if g.Functions.Knows(r) && !g.Verifier.Knows(r) {
		signed, err := g.Functions.Head(r, signsConnections)
		c := &claim{guard: g, r: r, from: client.Address, signed: signed, function: true}
		if err != nil {
			return nil, badSignature(c.refused(err))
		}
		return c, nil
	}
	if g.Verifier == nil {
		why := client.Doubt(r)
		if why == "" {
			return Anybody{}, nil
		}
		g.Notices.Tell(notice.Unverified, why, "path", notice.Short(r.URL.Path), "client", client.Address, "hint", authorize.HowToSign)
		return nil, fault.New(fault.Forbidden, "Forbidden")
	}
	signed, err := g.Verifier.Head(r, signsConnections)
	c := &claim{guard: g, r: r, from: client.Address, stage: stage, signed: signed}
	if err != nil {
		return nil, badSignature(c.refused(err))
	}
	if stage != nil && signed.Region() != stage.Region {
		return nil, c.refused(elsewhere())
	}
	return c, nil
}

// claim is a call that is signed.
type claim struct {
	guard  *Guard
	r      *http.Request
	from   string // the client's address
	stage  *plan.Stage
	signed *sigv4.Claim
	key    *credential.Key // once it is proven

	function bool // it is one of this machine, which may all and was told one region for all
}

// Proven implements Claim.
func (c *claim) Proven() bool { return c.signed.Proven() }

// Prove implements Claim.
func (c *claim) Prove(body []byte) error {
	id, err := c.signed.Body(sigv4.Bytes(body))
	if err != nil {
		return badSignature(c.refused(err))
	}
	if c.key = id.Key; c.stage == nil {
		return nil
	}
	return c.May(c.stage)
}

// May implements Claim.
func (c *claim) May(stage *plan.Stage) error {
	switch {
	case c.function:
		return nil
	// Assumed: another account's key is refused in the words for those who lack the permission:
	// where the host names an API, that is there for everybody who calls it.
	case stage.AccountID != "" && cmp.Or(c.key.Account, c.guard.Home, stage.AccountID) != stage.AccountID:
		return c.refused(&fault.Error{Kind: fault.Forbidden, Message: "Forbidden", Err: ErrOtherAccount})
	case c.signed.Region() != stage.Region:
		return c.refused(elsewhere())
	case !c.key.Permits(stage.ApiID, c.r.Method != http.MethodGet):
		return c.refused(fault.New(fault.Forbidden, "Forbidden"))
	}
	return nil
}

func (c *claim) refused(err error) error { return Refused(c.guard.Notices, c.r, c.from, err) }

// Refused tells the operator of a signature that is no good, and answers its error.
func Refused(to *notice.Notices, r *http.Request, from string, err error) error {
	rule := fault.KindOf(err).Exception()
	if bad, ok := errors.AsType[*sigv4.Error](err); ok {
		rule = bad.Code
	}
	why, _, _ := strings.Cut(err.Error(), "\n") // what follows repeats what was signed
	to.Tell(notice.Signature, rule, "method", notice.Short(r.Method), "path", notice.Short(r.URL.Path), "client", from, "error", why)
	return err
}

// elsewhere refuses signatures for another region than the API's.
func elsewhere() error {
	return fault.New(fault.InvalidSignature, "Credential should be scoped to a valid region. ")
}

// refusals are the kinds of refused signatures.
var refusals = map[string]fault.Kind{
	sigv4.MissingAuthenticationToken: fault.MissingAuthentication,
	sigv4.UnrecognizedClient:         fault.UnrecognizedClient,
	sigv4.InvalidSignature:           fault.InvalidSignature,
	sigv4.IncompleteSignature:        fault.IncompleteSignature,
}

// badSignature is a signature's error as a fault.
func badSignature(err error) error {
	if refused, ok := errors.AsType[*sigv4.Error](err); ok {
		return fault.New(refusals[refused.Code], "%s", refused.Message)
	}
	return fault.E("admission.Guard", err)
}
