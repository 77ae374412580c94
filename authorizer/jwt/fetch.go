package jwt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Descriptions of what failed, as AWS words them to clients.
var (
	// Observed: both texts, in error_description.
	errDiscovery = errors.New("OIDC discovery endpoint communication error")
	errJWKS      = errors.New("JWKS communication error")
)

const maxRedirects = 3

// checkURL takes https, and http only where nobody can listen in: whoever changes
// the keys under way can sign tokens. OpenID Connect Discovery section 4 asks for
// TLS without exception; loopback is for those who test.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return fmt.Errorf("%q is no URL of an issuer", text)
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q must begin with https:// (http:// is for loopback only)", text)
}

// loopback knows addresses and names of this machine; names below localhost
// always are (RFC 6761 section 6.3).
func loopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// discover asks the issuer where its keys are. What a redirect may not lead to, the
// address of the keys may not be. OpenID Connect Discovery section 4.1: a slash at the
// end of the issuer goes before the path is appended.
// Assumed: the issuer that the document names is not compared with ours, since
// tokens are (Azure's shared endpoints name a template there).
func (o *Options) discover(ctx context.Context, issuer string) (keys trail, err error) {
	var doc struct {
		URI string `json:"jwks_uri"`
	}
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	if err := checkURL(address); err != nil {
		return keys, fmt.Errorf("%w: %w", errDiscovery, err)
	}
	at, err := begin(address)
	var text []byte
	if err == nil {
		text, at, err = o.get(ctx, at, o.DiscoveryTimeout)
	}
	if err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err == nil {
		keys, err = at.onward(doc.URI)
	}
	if err != nil {
		return trail{}, fmt.Errorf("%w: %s: %w", errDiscovery, address, err)
	}
	return keys, nil
}

// download gets a key set (RFC 7517 section 5). Keys that are no RSA signing
// keys, or that cannot be read, are left out: the others of the set still count,
// as that section asks.
func (o *Options) download(ctx context.Context, at trail) (map[string][]jose.JSONWebKey, error) {
	text, _, err := o.get(ctx, at, o.JWKSTimeout)
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errJWKS, at.url, err)
	}
	keys := make(map[string][]jose.JSONWebKey, len(set.Keys))
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && usable(&k) && len(keys[k.KeyID]) < mostNamesakes {
			keys[k.KeyID] = append(keys[k.KeyID], k)
		}
	}
	return keys, nil
}

// mostNamesakes is how many keys with the same id count, the first ones. RFC 7517 section 4.5 has
// ids tell keys apart; a token is held against each key that has its id, and a key set has room
// for hundreds.
const mostNamesakes = 4

// get reads one document, within its time and size.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas, for both.
func (o *Options) get(ctx context.Context, at trail, timeout time.Duration) ([]byte, trail, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp, at, err := o.hops.get(ctx, at)
	if err != nil {
		return nil, at, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, at, fmt.Errorf("status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, o.MaxBytes+1))
	if err == nil && int64(len(text)) > o.MaxBytes {
		err = fmt.Errorf("larger than %d bytes", o.MaxBytes)
	}
	return text, at, err
}
