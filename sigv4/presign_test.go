package sigv4

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Presign puts the signature into the query of r.URL, as clients do that can send a
// URL but no headers. It is good until expires from now, between one second and seven days. The headers that r has are
// signed too and must then be sent with it.
func (s Signer) Presign(r *http.Request, payload string, expires time.Duration, now time.Time) error {
	if err := s.check(); err != nil {
		return err
	}
	if expires < time.Second || expires > maxExpires {
		return errors.New("a presigned request lives between 1 second and 7 days")
	}
	c := s.canonical(r, payload)
	c.signed, c.headers = signable(r)
	q := s.presignedQuery(r.URL.RawQuery, c.signed, expires, now)
	c.query = canonicalQuery(q, true)
	signature, _ := s.signature(c, now)
	r.URL.RawQuery = c.query + "&" + paramSignature + "=" + signature
	return nil
}

// presignedQuery adds all but the signature to a raw query, without what an
// earlier signature left there.
func (s Signer) presignedQuery(raw string, signed []string, expires time.Duration, now time.Time) string {
	var parts []string
	for part := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(part, "=")
		switch reescape(name) {
		case "", paramAlgorithm, paramCredential, paramDate, paramExpires, paramSigned, paramSignature, paramToken:
		default:
			parts = append(parts, part)
		}
	}
	add := func(name, value string) { parts = append(parts, name+"="+url.QueryEscape(value)) }
	add(paramAlgorithm, algorithm)
	add(paramCredential, s.Credentials.AccessKeyID+"/"+s.scope(now).String())
	add(paramDate, now.UTC().Format(timeFormat))
	add(paramExpires, strconv.Itoa(int(expires/time.Second)))
	add(paramSigned, strings.Join(signed, ";"))
	if t := s.Credentials.SessionToken; t != "" {
		add(paramToken, string(t))
	}
	return strings.Join(parts, "&")
}
