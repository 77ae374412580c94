package own

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/mishap"
	"github.com/dragoman-gateway/dragoman/wire"
)

// FaultPath is where a gateway for tests of clients is told what goes wrong on purpose.
const FaultPath = "/_dragoman/fault"

// faults are the rules that hold, as Parse of mishap reads them, each with its seed.
type faults struct {
	Rules []string `json:"rules"`
}

// Faults are the operations that show, replace and remove what is injected. A gateway that
// was not started for that refuses them all, and so nobody learns from the outside whether
// one could be disturbed.
func Faults(of *mishap.Injector, allowed bool) []wire.Row {
	row := func(name, method string, input []wire.Member, do func(r *wire.Request) error) wire.Row {
		return wire.Row{
			Operation: &wire.Operation{Name: name, Method: method, Path: FaultPath, Status: 200, Input: input},
			Handle: func(_ context.Context, r *wire.Request) (any, error) {
				if !allowed || of == nil {
					return nil, fault.New(fault.AccessDenied, "Nothing may be injected into this gateway by a call: start it with --allow-fault")
				}
				if err := do(r); err != nil {
					return nil, fault.New(fault.BadRequest, "%v", err)
				}
				return faults{of.Rules()}, nil
			},
		}
	}
	return []wire.Row{
		row("GetFaults", "GET", nil, func(*wire.Request) error { return nil }),
		row("ReplaceFaults", "PUT", []wire.Member{ask.Body("rules", ask.Texts, true)},
			func(r *wire.Request) error { return of.Replace(r.Strings("rules")) }),
		row("RemoveFaults", "DELETE", nil, func(*wire.Request) error { return of.Replace(nil) }),
	}
}
