package postgres

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Bounds of a connection.
const (
	dialTime  = 1500 * time.Millisecond // answers of a store that is away come within two seconds
	deafTime  = 3 * time.Second         // until a peer that acknowledges nothing is given up
	idleProbe = 2 * time.Second
)

// ofLibpq are members of a connection string, or of a service, that libpq has and the driver does
// not know: it would hand them to the server, which refuses them. They change how a connection is
// watched or secured in ways that are bounded here for every connection, or that Go does by itself.
// Documented: PostgreSQL, libpq, Parameter Key Words.
var ofLibpq = []string{
	"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "hostaddr", "load_balance_hosts",
	"sslcompression", "sslcrl", "sslcrldir", "ssl_min_protocol_version", "ssl_max_protocol_version", "gssencmode", "gsslib", "gssdelegation",
	"requirepeer", "scram_client_key", "scram_server_key", "oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope", "sslkeylogfile",
}

// refused are members that would change what a store relies on, or that ask for a protection
// which would silently be missing.
var refused = map[string]string{
	"sslcrl": "certificates' revocation lists are not read", "sslcrldir": "certificates' revocation lists are not read",
	"requirepeer": "the owner of a socket is not looked at", "hostaddr": "name the address as the host",
	"ssl_max_protocol_version": "TLS is 1.2 or newer",
}

// unread are variables of libpq that the driver does not read, and that name such members.
// Documented: PostgreSQL, libpq, Environment Variables.
var unread = map[string]string{
	"PGSSLCRL": "sslcrl", "PGSSLCRLDIR": "sslcrldir", "PGREQUIREPEER": "requirepeer", "PGHOSTADDR": "hostaddr", "PGSSLMAXPROTOCOLVERSION": "ssl_max_protocol_version",
}

// ReadFile reads the connection string that a file holds, which keeps its password out of
// lists of processes.
func ReadFile(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	const most = 64 << 10
	// A device or a pipe would be waited for, and a file of that size is none of a connection string.
	if !info.Mode().IsRegular() || info.Size() > most {
		return "", fmt.Errorf("%s: want a file with one line, postgres://…", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(text)), nil
}

// configure reads a connection string: a URL or libpq's list of words, over the variables
// PG… of the environment. No error has a password.
func configure(address string) (*pgxpool.Config, error) {
	if err := wellFormed(address); err != nil {
		return nil, err
	}
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, parseError(err)
	}
	cc := c.ConnConfig
	if err := withoutLibpq(&cc.Config); err != nil {
		return nil, err
	}
	if cc.ConnectTimeout == 0 || cc.ConnectTimeout > dialTime {
		cc.ConnectTimeout = dialTime
	}
	cc.DialFunc = dial
	// A standby shows what the primary had: an acknowledged write may not be there yet.
	if cc.ValidateConnect == nil {
		cc.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	// Whoever looks into pg_stat_activity finds out whose sessions hold the counter.
	if cc.RuntimeParams["application_name"] == "" {
		cc.RuntimeParams["application_name"] = "dragoman"
	}
	return c, nil
}

// parseError is why a connection string cannot be read, without the string.
func parseError(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		if inner := errors.Unwrap(parse); inner != nil {
			return fmt.Errorf("the connection string cannot be read: %w", inner)
		}
	}
	return errors.New("the connection string cannot be read: want postgres://user@host:port/database?sslmode=verify-full, or libpq's key=value words")
}

// wellFormed says what is wrong with the query of a URL, of which the driver drops what it cannot
// read.
func wellFormed(address string) error {
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return nil
	}
	_, query, _ := strings.Cut(address, "?")
	if _, err := url.ParseQuery(query); err != nil {
		return errors.New("the connection string cannot be read: its query is malformed")
	}
	return nil
}

// withoutLibpq takes the members out that the driver would hand to the server, whether they are of
// a URL, of a list of words or of a service.
func withoutLibpq(c *pgconn.Config) error {
	for _, name := range slices.Sorted(maps.Keys(unread)) {
		if why := refused[unread[name]]; os.Getenv(name) != "" {
			return fmt.Errorf("the variable %s is set: %s", name, why)
		}
	}
	least := cmp.Or(c.RuntimeParams["ssl_min_protocol_version"], os.Getenv("PGSSLMINPROTOCOLVERSION"))
	for _, name := range ofLibpq {
		if why, has := refused[name], c.RuntimeParams[name] != ""; why != "" && has {
			return fmt.Errorf("the connection string has %s: %s", name, why)
		}
		delete(c.RuntimeParams, name)
	}
	// Older versions than 1.2 are spoken with nobody, whatever is asked for.
	if least != "TLSv1.3" {
		return nil
	}
	for _, t := range tlsOf(c) {
		t.MinVersion = tls.VersionTLS13
	}
	return nil
}

// tlsOf are the settings of TLS for each server that is tried.
func tlsOf(c *pgconn.Config) (all []*tls.Config) {
	if c.TLSConfig != nil {
		all = append(all, c.TLSConfig)
	}
	for _, f := range c.Fallbacks {
		if f.TLSConfig != nil {
			all = append(all, f.TLSConfig)
		}
	}
	return all
}

// dial opens a connection that notices when its peer has gone, on Linux also while something
// is on its way: a peer that was cut off answers nothing, not even a refusal.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		Timeout:         dialTime,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: idleProbe, Interval: time.Second, Count: 2},
		Control:         deaf,
	}
	return d.DialContext(ctx, network, address)
}

// where names a database for people: host, port and name, never a user's secret.
func where(c *pgxpool.Config) string {
	at := c.ConnConfig
	return net.JoinHostPort(at.Host, strconv.Itoa(int(at.Port))) + "/" + at.Database
}
