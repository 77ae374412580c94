package own

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Where a console is let in without a key of its own.
const (
	ConsoleCodePath    = "/_dragoman/console/code"
	ConsoleSessionPath = "/_dragoman/console/session"
)

// Code is what opens one session: the id and the secret of a key, with a dot between. It is
// "" where no signatures are asked for, since nothing has to be opened.
type Code struct {
	Code       string    `json:"code"`
	Expiration time.Time `json:"expiration,omitzero"`
}

// Session is a temporary key.
type Session struct {
	AccessKeyId     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	Expiration      time.Time `json:"expiration"`
}

// Sessions makes codes, and sessions of them.
type Sessions interface {
	Code(accessKey string) (Code, error)
	Open(ctx context.Context, code string) (Session, error)
}

// Console are the operations by which `dragoman console` opens a browser that is signed in:
// the caller's own signature buys a code, and a call that the code signs buys a session.
// Both come from this machine alone. nil makes no codes.
// The secret of a key is never in an address: browsers keep those in their history, and a code
// is spent by its first use.
func Console(s Sessions) []wire.Row {
	return []wire.Row{
		{
			Operation: &wire.Operation{Name: "CreateConsoleCode", Method: "POST", Path: ConsoleCodePath, Status: 201},
			Handle: near(func(_ context.Context, r *wire.Request) (any, error) {
				if s == nil {
					return Code{}, nil
				}
				// For the caller's own key: a session may do what the caller may, and no more.
				return s.Code(r.AccessKey)
			}),
		},
		{
			Operation: &wire.Operation{Name: "CreateConsoleSession", Method: "POST", Path: ConsoleSessionPath, Status: 201},
			Handle: near(func(ctx context.Context, r *wire.Request) (any, error) {
				if s == nil {
					return nil, fault.New(fault.BadRequest, "No signatures are asked for here: there is no session to open")
				}
				// Here the access key is the code's: the signature has proved that the caller has its secret.
				return s.Open(ctx, r.AccessKey)
			}),
		},
	}
}

// near lets calls of this machine through, which no proxy has passed on.
func near(handle func(context.Context, *wire.Request) (any, error)) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		// Unmap: a listener for both families has clients of IPv4 as ::ffff:127.0.0.1.
		at, err := netip.ParseAddr(r.SourceIP)
		if err != nil || !at.Unmap().IsLoopback() || relayed(r) {
			return nil, fault.New(fault.AccessDenied, "Codes are for browsers on the machine of the gateway: sign in with a key here")
		}
		return handle(ctx, r)
	}
}

// relayed says whether a proxy has passed a call on.
func relayed(r *wire.Request) bool {
	for name := range r.Header {
		// A proxy on this machine makes everybody a neighbour: those in use say so by these headers.
		if name == "Forwarded" || name == "Via" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded") {
			return true
		}
	}
	return false
}
