package resource

import "crypto/rand"

// Lengths of the ids that AWS gives out, by resource, all of [a-z0-9].
// Observed: older resources have some that are longer, so that nobody should
// judge an id by its length.
const (
	ApiIdLength                 = 10
	IntegrationIdLength         = 7
	RouteIdLength               = 7
	IntegrationResponseIdLength = 7
	RouteResponseIdLength       = 6
	ModelIdLength               = 6
	DeploymentIdLength          = 6
	AuthorizerIdLength          = 6
	VpcLinkIdLength             = 6
	ApiMappingIdLength          = 6
	RoutingRuleIdLength         = 6
	PortalIdLength              = 10
	ApiKeyIdLength              = 10
	UsagePlanIdLength           = 6
)

const idLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

// NewId draws an id of n characters out of [a-z0-9]. Ids are part of the
// addresses of APIs and some are secrets, so that they are drawn from the
// system's source of randomness.
func NewId(n int) string {
	b := make([]byte, 0, n)
	var raw [32]byte
	for len(b) < n {
		rand.Read(raw[:]) // never fails since Go 1.24
		for _, c := range raw {
			// 252 is the largest multiple of 36 below 256: no letter is favoured.
			if c < 252 && len(b) < n {
				b = append(b, idLetters[c%36])
			}
		}
	}
	return string(b)
}
