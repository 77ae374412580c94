package lambda

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

// under judges a policy that allows everything under a condition, and one that
// denies everything under it.
func under(t *testing.T, condition string, r *authorizer.Request) (allow, deny verdict) {
	t.Helper()
	const all = `"Action":"*","Resource":"*"`
	for policy, v := range map[string]*verdict{
		`{"Statement":[{"Effect":"Allow",` + all + `,"Condition":` + condition + `}]}`:                               &allow,
		`{"Statement":[{"Effect":"Allow",` + all + `},{"Effect":"Deny",` + all + `,"Condition":` + condition + `}]}`: &deny,
	} {
		p, err := parsePolicy([]byte(policy))
		if err != nil {
			t.Fatal(err)
		}
		*v, _ = p.judge(r)
	}
	return allow, deny
}

func TestConditions(t *testing.T) {
	agent := http.Header{"User-Agent": {"Mozilla/5.0 (X11)"}, "Referer": {"https://shop.test/a"}}
	r := &authorizer.Request{ARN: getPets, SourceIP: "192.0.2.7", HTTP: &http.Request{Header: agent}}
	bare := &authorizer.Request{ARN: getPets}
	secure := &authorizer.Request{ARN: getPets, Secure: true}
	six := &authorizer.Request{ARN: getPets, SourceIP: "2001:db8::1"}
	const met, unmet, unclear = "met", "unmet", "unclear"
	tests := []struct {
		condition string
		r         *authorizer.Request
		want      string
	}{
		{`{}`, r, met},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, r, met},
		{`{"IpAddress":{"AWS:sourceip":["10.0.0.0/8","192.0.2.7"]}}`, r, met},
		{`{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.8"]}}`, r, unmet},
		{`{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, six, met},
		{`{"IpAddress":{"aws:SourceIp":"nonsense"}}`, r, unclear},
		{`{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`, bare, unmet},
		{`{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}`, bare, met},
		{`{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}`, r, unmet},
		{`{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}`, r, unmet},
		{`{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, r, met},
		{`{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, bare, met},
		{`{"StringLike":{"aws:UserAgent":"Mozilla/*"}}`, r, met},
		{`{"StringLike":{"aws:UserAgent":"curl/*"}}`, r, unmet},
		{`{"StringNotLike":{"aws:UserAgent":"curl/*"}}`, r, met},
		{`{"StringEquals":{"aws:Referer":"https://shop.test/a"}}`, r, met},
		{`{"StringEquals":{"aws:Referer":"https://SHOP.test/a"}}`, r, unmet},
		{`{"StringEqualsIgnoreCase":{"aws:Referer":"https://SHOP.test/a"}}`, r, met},
		{`{"StringNotEquals":{"aws:Referer":"https://shop.test/a"}}`, r, unmet},
		{`{"Null":{"aws:Referer":"true"}}`, bare, met},
		{`{"Null":{"aws:Referer":true}}`, r, unmet},
		{`{"Null":{"aws:Referer":"false"}}`, r, met},
		{`{"Bool":{"aws:SecureTransport":"true"}}`, secure, met},
		{`{"Bool":{"aws:SecureTransport":true}}`, r, unmet},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"StringLike":{"aws:UserAgent":"curl/*"}}`, r, unmet},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"StringLike":{"aws:UserAgent":"Moz*"}}`, r, met},
		{`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, r, unclear},
		{`{"ForAnyValue:StringEquals":{"aws:Referer":"x"}}`, r, unclear},
		{`{"StringEquals":{"aws:Referer":"${aws:username}"}}`, r, unclear},
		{`{"StringEquals":{"aws:Referer":[]}}`, r, unclear},
		{`{"StringEquals":{"aws:Referer":{"a":1}}}`, r, unclear},
		{`{"NullIfExists":{"aws:Referer":"true"}}`, r, unclear},
		{`"x"`, r, unclear},
		{`{"IpAddress":"x"}`, r, unclear},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			wantAllow, wantDeny := silent, allowed
			switch tt.want {
			case met:
				wantAllow, wantDeny = allowed, denied
			case unclear:
				wantAllow, wantDeny = silent, denied
			}
			if allow, deny := under(t, tt.condition, tt.r); allow != wantAllow || deny != wantDeny {
				t.Errorf("allow under it: got %d, want %d; deny under it: got %d, want %d", allow, wantAllow, deny, wantDeny)
			}
		})
	}
}

func TestConditionsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &authorizer.Request{ARN: getPets}
		now := time.Now().UTC()
		before, after := now.Add(-time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339)
		for condition, want := range map[string]verdict{
			fmt.Sprintf(`{"DateLessThan":{"aws:CurrentTime":%q}}`, after):                                                            allowed,
			fmt.Sprintf(`{"DateLessThan":{"aws:CurrentTime":%q}}`, before):                                                           silent,
			fmt.Sprintf(`{"DateGreaterThan":{"aws:CurrentTime":%q},"DateLessThanEquals":{"aws:CurrentTime":%q}}`, before, after):     allowed,
			fmt.Sprintf(`{"DateGreaterThanEquals":{"aws:EpochTime":%d}}`, now.Unix()):                                                allowed,
			fmt.Sprintf(`{"DateGreaterThan":{"aws:EpochTime":"%d"}}`, now.Unix()):                                                    silent,
			fmt.Sprintf(`{"DateEquals":{"aws:EpochTime":%d}}`, now.Unix()):                                                           allowed,
			fmt.Sprintf(`{"DateNotEquals":{"aws:EpochTime":%d}}`, now.Unix()):                                                        silent,
			`{"DateGreaterThan":{"aws:CurrentTime":"1999-12-31"}}`:                                                                   allowed,
			`{"DateGreaterThan":{"aws:CurrentTime":"yesterday"}}`:                                                                    silent,
			fmt.Sprintf(`{"NumericLessThan":{"aws:EpochTime":%d}}`, now.Unix()+1):                                                    allowed,
			fmt.Sprintf(`{"NumericEquals":{"aws:EpochTime":"%d"},"NumericGreaterThanEquals":{"aws:EpochTime":1}}`, now.Unix()):       allowed,
			fmt.Sprintf(`{"NumericNotEquals":{"aws:EpochTime":%d}}`, now.Unix()):                                                     silent,
			fmt.Sprintf(`{"NumericGreaterThan":{"aws:EpochTime":"NaN"},"NumericLessThanEquals":{"aws:EpochTime":%d}}`, now.Unix()+1): silent,
		} {
			if got, _ := under(t, condition, r); got != want {
				t.Errorf("%s: got %d, want %d", condition, got, want)
			}
		}
	})
}
