package conninfo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/user"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// ownedBy has a server behind a socket of the machine be asked for the user that it runs as, before
// anything is told to it: whoever may write to the socket's folder could stand there in its place.
// Documented: PostgreSQL, libpq, Parameter Key Words, requirepeer, which says nothing of servers
// behind TCP.
func ownedBy(c *pgconn.Config, name string) error {
	if name == "" {
		return nil
	}
	if peer == nil {
		return errors.New("requirepeer: this system does not tell the owner of a socket")
	}
	dial := c.DialFunc
	c.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		unix, local := conn.(*net.UnixConn)
		if !local {
			return conn, nil
		}
		if err := runsAs(unix, name); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("requirepeer: %w", err)
		}
		return conn, nil
	}
	return nil
}

// runsAs says why a peer is not the one that it should be.
func runsAs(conn *net.UnixConn, name string) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var uid uint32
	var failed error
	if err := raw.Control(func(fd uintptr) { uid, failed = peer(int(fd)) }); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	// By its name and not by the number that the name has here: in a container the two may differ, and
	// libpq compares names.
	owner, err := user.LookupId(strconv.Itoa(int(uid)))
	if err != nil {
		return fmt.Errorf("the user %d, who the server runs as, has no name here", uid)
	}
	if owner.Username != name {
		return fmt.Errorf("the server runs as %q, not as %q", owner.Username, name)
	}
	return nil
}
