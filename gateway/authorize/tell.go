package authorize

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/resource"
)

// HowToSign is what to do where unverified signatures are not believed.
const HowToSign = "give --credentials FILE and sign with a key of it; a proxy in front of the gateway needs --auth sigv4"

// tell tells the operator why a request was refused. Of tokens only the rule that
// they break is told, never their content. An authorizer that fails is a failure
// of the request, which its plane logs.
func tell(to *notice.Notices, kind string, d *authorizer.Decision, x *exchange.Exchange) {
	if d.Outcome == authorizer.Allow || d.Outcome == authorizer.Failed || to == nil {
		return
	}
	about := []any{"api", x.ApiID, "stage", x.Stage, "route", x.RouteKey, "request", x.RequestID, "client", x.Identity.SourceIP}
	why, _, _ := strings.Cut(fault.Plain(d.Why()), "\n") // what follows repeats what was signed
	switch {
	case d.Doubt != "":
		to.Tell(notice.Unverified, d.Doubt, append(about, "hint", HowToSign)...)
	case d.Remote:
		to.Tell(notice.Issuer, "", append(about, "error", why)...)
	case kind == resource.AuthJWT:
		to.Tell(notice.Token, why, about...)
	case kind == resource.AuthIAM && d.ErrorType == "AccessDeniedException":
		to.Tell(notice.Signature, why, about...)
	case kind == resource.AuthIAM:
		to.Tell(notice.Signature, d.ErrorType, append(about, "error", why)...)
	default:
		to.Tell(notice.Function, why, about...)
	}
}
