package conninfo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DialTime bounds how long a connection takes to be made: answers of a store that is away come
// within two seconds.
const DialTime = 1500 * time.Millisecond

// Bounds of a connection that is there.
const (
	deafTime  = 3 * time.Second // until a peer that acknowledges nothing is given up
	idleProbe = 2 * time.Second
)

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

// Parse reads a connection string: a URL or libpq's list of words, over the variables PG… of the
// environment. Its connections lead to a server that takes writes, unless it asks for others itself.
// No error has a password.
// Documented: PostgreSQL, libpq, Connection Strings.
func Parse(address string) (*pgxpool.Config, error) {
	if err := wellFormed(address); err != nil {
		return nil, err
	}
	c, err := withService(address)
	if err != nil {
		return nil, parseError(err)
	}
	// The driver's own dialer waits as long as connect_timeout says and notices no peer that has gone.
	// What members of libpq ask for is laid around this one.
	cc := c.ConnConfig
	cc.DialFunc = dial
	if err := asLibpq(c); err != nil {
		return nil, err
	}
	if cc.ConnectTimeout == 0 || cc.ConnectTimeout > DialTime {
		cc.ConnectTimeout = DialTime
	}
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

// dial opens a connection that notices when its peer has gone, on Linux also while something
// is on its way: a peer that was cut off answers nothing, not even a refusal.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		Timeout:         DialTime,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: idleProbe, Interval: time.Second, Count: 2},
		Control:         deaf,
	}
	return d.DialContext(ctx, network, address)
}

// searchPath finds the schema among libpq's options, as a server's command line has it.
var searchPath = regexp.MustCompile(`(?:-c\s*|--)search_path\s*=\s*((?:\\.|\S)+)`)

// Schema is where in the database the tables are, "" where the connection string leaves it to the
// server: two states may share one database.
func Schema(c *pgxpool.Config) string {
	given := c.ConnConfig.RuntimeParams
	// What is a parameter of its own is set after those of options.
	if at := given["search_path"]; at != "" {
		return at
	}
	if found := searchPath.FindAllStringSubmatch(given["options"], -1); len(found) > 0 {
		return found[len(found)-1][1]
	}
	return ""
}

// Name names a database for people: host, port and name, never a user's secret.
func Name(c *pgxpool.Config) string {
	at := c.ConnConfig
	return net.JoinHostPort(at.Host, strconv.Itoa(int(at.Port))) + "/" + at.Database
}
