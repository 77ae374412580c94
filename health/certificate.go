package health

import (
	"crypto/x509"
	"fmt"
	"time"
)

// Soon is how long before its end a certificate is a trouble: whoever renews by hand needs
// some days.
const Soon = 30 * 24 * time.Hour

// Certificate is what clients of a host are shown, and how long it is good.
type Certificate struct {
	Domain    string `json:"domain,omitempty"`         // the custom domain that it is for
	Arn       string `json:"certificateArn,omitempty"` // under which it is configured; "" where it is fetched
	Subject   string `json:"subject,omitempty"`
	Issuer    string `json:"issuer,omitempty"`
	NotBefore string `json:"notBefore,omitempty"` // RFC 3339 in UTC
	NotAfter  string `json:"notAfter,omitempty"`
	Days      int    `json:"daysLeft"`          // whole days until its end; below zero behind it
	Problem   string `json:"problem,omitempty"` // what is wrong with it, in a sentence; "" for nothing
	Refused   bool   `json:"refused,omitempty"` // clients refuse it already; a Problem without that is one to come
}

// Judge tells of a certificate for a host at a moment.
func Judge(c *x509.Certificate, host string, now time.Time) Certificate {
	told := Certificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		NotBefore: c.NotBefore.UTC().Format(time.RFC3339), NotAfter: c.NotAfter.UTC().Format(time.RFC3339),
		Days: int(c.NotAfter.Sub(now).Hours()) / 24,
	}
	told.Refused = true
	switch left := c.NotAfter.Sub(now); {
	case left < 0:
		told.Days = -int(-left.Hours())/24 - 1
		told.Problem = "the certificate has expired on " + c.NotAfter.UTC().Format(time.DateOnly)
	case now.Before(c.NotBefore):
		told.Problem = "the certificate is not good before " + c.NotBefore.UTC().Format(time.DateOnly)
	case host != "" && c.VerifyHostname(host) != nil:
		told.Problem = "the certificate is not for " + host
	case left < Soon:
		told.Refused = false
		told.Problem = fmt.Sprintf("the certificate ends in %d days, on %s", told.Days, c.NotAfter.UTC().Format(time.DateOnly))
	default:
		told.Refused = false
	}
	return told
}
