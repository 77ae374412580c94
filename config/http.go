package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/httpapi"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
)

// HTTP is what concerns HTTP APIs and their backends. The zero value means
// AWS's limits.
type HTTP struct {
	Limits  httpapi.Limits
	RootCAs *x509.CertPool // verify the certificates of backends; nil for the system's
	RootCA  string         // file in PEM whose certificates are believed besides the system's; not with RootCAs

	AccountRate  float64 // requests and messages a second over all APIs; 0: no limit
	AccountBurst int
}

// The limits of a server's heads and answers while those of HTTP are AWS's.
const (
	headBytes  = 64 << 10
	headMost   = 1 << 20 // when nothing is asked of heads
	answerTime = 70 * time.Second
)

// Answer bounds how long a request may take that nothing moves on: the longest
// integration with the longest wait for a client. A client that takes a long
// answer is given more while it takes it.
func (c *HTTP) Answer() time.Duration {
	return max(answerTime, c.Limits.Timeout+c.Limits.Client+10*time.Second, c.Limits.Timeout+answerTime/2)
}

// Head is how many bytes of a head are read at all: room for the names, which the
// limit of HTTP APIs does not count, and for that limit to be what refuses.
func (c *HTTP) Head() int {
	if c.Limits.Header < 0 {
		return headMost
	}
	return max(headBytes, 2*c.Limits.Header)
}

// validate says what is wrong, in the words of the flags.
func (c *HTTP) validate() error {
	var faults []error
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if l := &c.Limits; l.Body < -1 || l.Reply < -1 || l.Header < -1 {
		wrong("--max-body, --max-reply and --max-headers: want bytes, 0 for AWS's limit or -1 for none")
	}
	if c.Limits.Header > headMost/2 {
		wrong("--max-headers %d: want at most %d, or -1 for no limit", c.Limits.Header, headMost/2)
	}
	if c.Limits.Timeout < 0 || c.Limits.Client < 0 {
		wrong("--http-timeout and --client-timeout cannot be negative: every wait ends")
	}
	if c.RootCA != "" && c.RootCAs != nil {
		wrong("--root-ca and a set of certificates exclude each other")
	}
	return errors.Join(faults...)
}

// Roots are the certificates that those of backends are verified against, nil for
// the system's.
func (c *HTTP) Roots() (*x509.CertPool, error) {
	if c.RootCA == "" {
		return c.RootCAs, nil
	}
	text, err := os.ReadFile(c.RootCA)
	if err != nil {
		return nil, fmt.Errorf("--root-ca: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without roots believes these alone
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--root-ca %s: there is no certificate in it", c.RootCA)
	}
	return pool, nil
}

// AccountLimit is the limit of the account, nil when it is off.
func (c *HTTP) AccountLimit() *throttle.Rate {
	if c.AccountRate == 0 {
		return nil
	}
	burst := c.AccountBurst
	if burst == 0 {
		burst = max(1, int(c.AccountRate/2)) // the proportion of AWS's own
	}
	return &throttle.Rate{PerSecond: c.AccountRate, Burst: burst}
}

// ConnectLimit is the limit of new connections, nil when it is off.
// Assumed: as many may come at once as in a second.
func (l *WebSocketLimits) ConnectLimit() *throttle.Rate {
	rate := l.ConnectRate
	if rate == 0 {
		return nil
	}
	return &throttle.Rate{PerSecond: rate, Burst: int(math.Ceil(rate))}
}

// ManagementLimit is that of the whole management API, nil when there is none.
func (c *Config) ManagementLimit() *throttle.Rate {
	if c.ManagementRate == 0 {
		return nil
	}
	burst := c.ManagementBurst
	if burst == 0 {
		burst = int(math.Ceil(c.ManagementRate))
	}
	return &throttle.Rate{PerSecond: c.ManagementRate, Burst: burst}
}
