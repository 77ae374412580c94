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

// NewIds draws ids, as NewId does, that nothing of a configuration has, and none twice: of ten thousand
// routes, two would share one once in some thousand imports, and one of them be lost.
func (s *Snapshot) NewIds() func(n int) string {
	drawn := make(map[string]bool, len(s.Routes)+len(s.Integrations)+len(s.Authorizers))
	for i := range s.Routes {
		drawn[s.Routes[i].RouteId] = true
	}
	for i := range s.Integrations {
		drawn[s.Integrations[i].IntegrationId] = true
	}
	for i := range s.Authorizers {
		drawn[s.Authorizers[i].AuthorizerId] = true
	}
	return func(n int) string {
		id := NewId(n)
		for drawn[id] {
			id = NewId(n)
		}
		drawn[id] = true
		return id
	}
}
