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

// checkURL takes https, and http only where nobody can listen in.
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

func loopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// redirects follows an issuer to another address, but never to a less safe one.
func redirects(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	return checkURL(r.URL.String())
}

// discover asks the issuer where its keys are.
// Assumed: the issuer that the document names is not compared with ours, since
// tokens are (Azure's shared endpoints name a template there).
func (o *Options) discover(ctx context.Context, issuer string) (string, error) {
	var doc struct {
		URI string `json:"jwks_uri"`
	}
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	if err := checkURL(address); err != nil {
		return "", fmt.Errorf("%w: %w", errDiscovery, err)
	}
	text, err := o.get(ctx, address, o.DiscoveryTimeout)
	if err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err == nil {
		err = checkURL(doc.URI)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", errDiscovery, address, err)
	}
	return doc.URI, nil
}

// download gets a key set. Keys that are no RSA signing keys, or that cannot
// be read, are left out: the others of the set still count.
func (o *Options) download(ctx context.Context, address string) (map[string][]jose.JSONWebKey, error) {
	text, err := o.get(ctx, address, o.JWKSTimeout)
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errJWKS, address, err)
	}
	keys := make(map[string][]jose.JSONWebKey, len(set.Keys))
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && usable(&k) {
			keys[k.KeyID] = append(keys[k.KeyID], k)
		}
	}
	return keys, nil
}

// get reads one document, within its time and size.
func (o *Options) get(ctx context.Context, address string, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	resp, err := o.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, o.MaxBytes+1))
	if err == nil && int64(len(text)) > o.MaxBytes {
		err = fmt.Errorf("larger than %d bytes", o.MaxBytes)
	}
	return text, err
}
