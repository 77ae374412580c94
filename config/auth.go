package config

import (
	"errors"
	"fmt"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// What a management listener asks callers for. Where nothing is said, a listener that is
// not on loopback asks for signatures.
const (
	AuthSigV4 = "sigv4"
	AuthNone  = "none"
)

// HasKeys says whether there are access keys to verify signatures by.
func (c *Config) HasKeys() bool { return c.Credentials != "" || c.Key != "" }

// Verifies says whether the management listener asks for signatures: where that is said,
// and where others than this machine reach it and nothing is said.
func (c *Config) Verifies() bool {
	return c.Auth == AuthSigV4 || c.Auth == "" && !Loopback(c.Management) && c.HasKeys()
}

// Anyone says whether whoever reaches the listeners is believed.
func (c *Config) Anyone() bool { return c.Auth == AuthNone }

// Belief says in the start line whose signatures are believed. data is the address of the
// data listener, local says whether functions run here.
func (c *Config) Belief(data string, local bool) string {
	open := Loopback(data) && len(c.Peers.TrustedProxies) == 0
	switch {
	case c.Anyone():
		return "NO SIGNATURES ASKED FOR (--auth none): whoever reaches these addresses may manage and call"
	case c.HasKeys():
		return "signatures verified"
	case !open && local:
		return "@connections answers 403 but to the functions of this process: give --credentials to open it"
	case !open:
		return "@connections answers 403: give --credentials to open it"
	}
	return "signatures not verified (loopback): a proxy in front needs --auth sigv4"
}

// validateAuth says what is wrong with who may call, in the words of the flags. It opens
// nothing by itself: a listener for others has keys, or somebody has said that it needs
// none.
func (c *Config) validateAuth() error {
	const keys = "--credentials FILE or DRAGOMAN_KEY=ID:SECRET"
	var faults []error
	if _, err := credential.ParsePair(c.Key); c.Key != "" && err != nil {
		faults = append(faults, fmt.Errorf("DRAGOMAN_KEY: %w", err))
	}
	switch c.Auth {
	case "":
		if !Loopback(c.Management) && !c.HasKeys() {
			faults = append(faults, fmt.Errorf("--management %s is not on loopback: give --auth sigv4 with %s, so that callers sign; or --auth none, so that whoever reaches it may call", c.Management, keys))
		}
	case AuthSigV4:
		if !c.HasKeys() {
			faults = append(faults, errors.New("--auth sigv4 needs keys: "+keys))
		}
	case AuthNone:
		// One of the two is a mistake, and nobody can tell which.
		if c.HasKeys() {
			faults = append(faults, errors.New("--auth none and access keys exclude each other: leave out --auth none, or --credentials and DRAGOMAN_KEY"))
		}
		if len(c.Peers.TrustedProxies) > 0 {
			faults = append(faults, errors.New("--auth none and --trusted-proxies exclude each other: a proxy passes on what others send, and that needs --auth sigv4"))
		}
	default:
		faults = append(faults, fmt.Errorf("--auth %q: want sigv4 or none", c.Auth))
	}
	return errors.Join(faults...)
}
