package cli

import (
	"net/url"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// fleetFlags join this process with others to one gateway.
func fleetFlags(f *pflag.FlagSet, c *server.Config) {
	o := &c.Fleet
	f.Var(&addresses{to: &o.Store}, "store", "keep the state in a PostgreSQL database that nodes share, `postgres://`[USER@]HOST[:PORT]/DATABASE[?…] or libpq's words, over the variables PG… of the environment")
	f.StringVar(&o.StoreFile, "store-file", "", "read --store from a `FILE`, which keeps a password out of lists of processes")
	f.DurationVar(&o.StoreWait, "store-wait", o.StoreWait, "time that a start waits for the database")
	f.Var(&addresses{to: &o.Bus}, "bus", "talk to the other nodes over NATS, `nats://HOST:PORT[,nats://HOST:PORT…]`, the servers of one cluster; tls:// asks for TLS")
	f.StringVar(&o.BusCredentials, "bus-credentials", "", "prove to NATS who this node is by a `FILE` with a JWT and its NKey")
	f.StringVar(&o.BusNKey, "bus-nkey", "", "prove it by a `FILE` with the seed of an NKey")
	f.StringVar(&o.BusUserFile, "bus-user-file", "", "prove it by a `FILE` that holds USER:PASSWORD")
	f.StringVar(&o.BusCA, "bus-ca", "", "verify NATS against the certificates in `FILE` (PEM) instead of the system's")
	f.StringVar(&o.BusCert, "bus-cert", "", "the client's certificate for NATS, a `FILE` (PEM)")
	f.StringVar(&o.BusKey, "bus-key", "", "its key, a `FILE` (PEM)")
}

// addresses is a flag that may hold passwords. It is shown without whatever could be one, and
// takes every text, for errors of flags name what they were given; config judges it.
type addresses struct{ to *credential.Secret }

func (a *addresses) Set(text string) error { *a.to = credential.Secret(text); return nil }
func (*addresses) Type() string            { return "string" }

// String shows hosts and paths alone: passwords stand before a host, in queries, and anywhere
// in words of libpq.
func (a *addresses) String() string {
	if a.to == nil || *a.to == "" {
		return ""
	}
	shown := strings.Split(string(*a.to), ",")
	for i, one := range shown {
		at, err := url.Parse(strings.TrimSpace(one))
		if err != nil || at.Scheme == "" || at.Opaque != "" {
			return "****"
		}
		shown[i] = (&url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path}).String()
	}
	return strings.Join(shown, ",")
}
