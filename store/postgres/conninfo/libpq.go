package conninfo

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ofLibpq are members of a connection string, or of a service, that libpq has and the driver does
// not know: it would hand them to the server, which refuses them. What they ask for is bounded here
// for every connection, is done by Go by itself, or is done below.
// Documented: PostgreSQL, libpq, Parameter Key Words.
var ofLibpq = []string{
	"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "hostaddr", "load_balance_hosts",
	"sslcompression", "sslcrl", "sslcrldir", "ssl_min_protocol_version", "ssl_max_protocol_version", "gssencmode", "gsslib", "gssdelegation",
	"requirepeer", "scram_client_key", "scram_server_key", "oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope", "sslkeylogfile",
	"client_encoding", "fallback_application_name", "replication",
}

// ofEnvironment are variables of libpq that the driver does not read, and the members that they give
// where nothing else does.
// Documented: PostgreSQL, libpq, Environment Variables.
var ofEnvironment = map[string]string{
	"PGHOSTADDR": "hostaddr", "PGSSLMINPROTOCOLVERSION": "ssl_min_protocol_version", "PGSSLMAXPROTOCOLVERSION": "ssl_max_protocol_version",
	"PGGSSENCMODE": "gssencmode", "PGLOADBALANCEHOSTS": "load_balance_hosts", "PGSSLCRL": "sslcrl", "PGSSLCRLDIR": "sslcrldir", "PGREQUIREPEER": "requirepeer",
}

// refused are members that ask for a protection which would silently be missing, or that would
// change what a store relies on; with the values that ask for nothing of the kind.
var refused = map[string]struct {
	why      string
	harmless []string
}{
	"gssencmode":      {"GSSAPI is not spoken", []string{"disable", "prefer"}},
	"client_encoding": {"texts are UTF-8", []string{"auto", "utf8", "utf-8", "unicode"}},
	"replication":     {"a store is no replica", []string{"false", "off", "no", "0"}},
}

// versions of TLS, as libpq calls them. Older ones than 1.2 are spoken with nobody, whatever is
// asked for.
var versions = map[string]uint16{"": 0, "TLSv1": tls.VersionTLS12, "TLSv1.1": tls.VersionTLS12, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

// withService reads a connection string. A service that the user's own file does not have may stand in
// that of the machine.
// Documented: PostgreSQL, libpq, The Connection Service File: then in pg_service.conf of PGSYSCONFDIR.
func withService(address string) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(address)
	folder := os.Getenv("PGSYSCONFDIR")
	if err == nil || folder == "" || os.Getenv("PGSERVICEFILE") != "" {
		return c, err
	}
	return pgxpool.ParseConfig(withServices(address, filepath.Join(folder, "pg_service.conf"))) // which has what else is wrong too
}

// withServices is a connection string with the file that its service stands in.
func withServices(address, file string) string {
	if !strings.Contains(address, "://") {
		return address + " servicefile='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(file) + "'"
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + "servicefile=" + url.QueryEscape(file)
}

// asLibpq does what members of libpq ask for that the driver does not know, whether they are of a
// URL, of a list of words, of a service or of the environment, and refuses what cannot be done.
func asLibpq(all *pgxpool.Config) error {
	c := &all.ConnConfig.Config
	members := map[string]string{}
	// Sorted, so that of two that are wrong it is always the same that is told.
	for _, name := range slices.Sorted(maps.Keys(ofEnvironment)) {
		value := os.Getenv(name)
		if err := judge(ofEnvironment[name], value); err != nil {
			return fmt.Errorf("the variable %s is set: %w", name, err)
		}
		members[ofEnvironment[name]] = value
	}
	// A word of the connection string or of its service stands above the environment.
	for _, name := range ofLibpq {
		value := c.RuntimeParams[name]
		if err := judge(name, value); err != nil {
			return fmt.Errorf("the connection string has %s: %w", name, err)
		}
		members[name] = cmp.Or(value, members[name])
		delete(c.RuntimeParams, name)
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = members["fallback_application_name"]
	}
	if os.Getenv("PGSSLMODE") == "" && strings.HasPrefix(os.Getenv("PGREQUIRESSL"), "1") {
		onlyTLS(c)
	}
	least, most := versions[members["ssl_min_protocol_version"]], versions[members["ssl_max_protocol_version"]]
	for _, t := range tlsOf(c) {
		t.MinVersion, t.MaxVersion = max(t.MinVersion, least), most
	}
	if err := (revocations{members["sslcrl"], members["sslcrldir"]}).against(c); err != nil {
		return err
	}
	if err := ownedBy(c, members["requirepeer"]); err != nil {
		return err
	}
	if err := balanced(all, members["load_balance_hosts"]); err != nil {
		return err
	}
	return addressed(c, members["hostaddr"])
}

// balanced has each connection try the hosts in an order of its own.
// Documented: PostgreSQL, libpq, Parameter Key Words, load_balance_hosts.
func balanced(all *pgxpool.Config, how string) error {
	switch how {
	case "", "disable":
	case "random":
		all.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
			shuffle(&c.Config)
			return nil
		}
	default:
		return errors.New("load_balance_hosts: want disable or random")
	}
	return nil
}

// hostsOf are what is tried of each host of a connection string, with TLS and without, in their order.
func hostsOf(c *pgconn.Config) [][]*pgconn.FallbackConfig {
	hosts := [][]*pgconn.FallbackConfig{{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}}
	for _, f := range c.Fallbacks { // those of a host stand together
		if last := hosts[len(hosts)-1]; last[0].Host == f.Host && last[0].Port == f.Port {
			hosts[len(hosts)-1] = append(last, f)
		} else {
			hosts = append(hosts, []*pgconn.FallbackConfig{f})
		}
	}
	return hosts
}

// shuffle puts the hosts of a connection into any order. What is tried of one stays together.
func shuffle(c *pgconn.Config) {
	hosts := hostsOf(c)
	rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	order := slices.Concat(hosts...)
	c.Host, c.Port, c.TLSConfig, c.Fallbacks = order[0].Host, order[0].Port, order[0].TLSConfig, order[1:]
}

// judge says why a member is refused. An older TLS than is spoken is asked for by many a string that is
// older than its server: it is lifted silently, since nobody loses a protection by that.
func judge(name, value string) error {
	rule, is := refused[name]
	if is && value != "" && !slices.Contains(rule.harmless, strings.ToLower(value)) {
		return errors.New(rule.why)
	}
	if _, known := versions[value]; strings.HasSuffix(name, "_protocol_version") && !known {
		return errors.New("want TLSv1.2 or TLSv1.3")
	}
	return nil
}

// onlyTLS drops what would be tried without TLS, as sslmode=require does; without any to drop them
// for, TLS was refused by the connection string.
// Documented: PostgreSQL, libpq, Environment Variables, PGREQUIRESSL, the older word for PGSSLMODE.
func onlyTLS(c *pgconn.Config) {
	if len(tlsOf(c)) == 0 {
		return
	}
	c.Fallbacks = slices.DeleteFunc(c.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig == nil })
	if c.TLSConfig == nil {
		first := c.Fallbacks[0]
		c.Host, c.Port, c.TLSConfig, c.Fallbacks = first.Host, first.Port, first.TLSConfig, c.Fallbacks[1:]
	}
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

// addressed has hosts be reached at addresses that are given for them, in place of those that their
// names resolve to; certificates are held to the names.
// Documented: PostgreSQL, libpq, Parameter Key Words, hostaddr: one for each host, which may be empty;
// without a host it is the address alone.
func addressed(c *pgconn.Config, given string) error {
	if given == "" {
		return nil
	}
	hosts := hostsOf(c)
	// One address more or less would have a certificate be held to the name of another host.
	addresses := strings.Split(given, ",")
	if len(addresses) != len(hosts) {
		return fmt.Errorf("hostaddr has %d addresses for %d hosts", len(addresses), len(hosts))
	}
	at := map[string][]string{}
	for i, address := range addresses {
		if address == "" {
			continue
		}
		if _, err := netip.ParseAddr(address); err != nil {
			return fmt.Errorf("hostaddr: %q is no IP address", address)
		}
		host := hosts[i][0].Host
		at[host] = append(at[host], address)
	}
	if folder := c.Host; strings.HasPrefix(folder, "/") && at[folder] != nil { // where no host was given
		c.Host = at[folder][0]
		for _, f := range c.Fallbacks {
			f.Host = c.Host
		}
		return nil
	}
	// The name stays with the connection, for TLS and for password files, and only its lookup is ours.
	lookup := c.LookupFunc
	c.LookupFunc = func(ctx context.Context, host string) ([]string, error) {
		if known := at[host]; known != nil {
			return known, nil
		}
		return lookup(ctx, host)
	}
	return nil
}
