package plane

import (
	"maps"

	"github.com/dragoman-gateway/dragoman/management/lambda"
	"github.com/dragoman-gateway/dragoman/management/own"
)

// Both lists are made for each call: functions are replaced while the gateway serves, and
// what was read before would name those that are gone.

// localFunctions are the functions that run here, as Lambda shows them.
func (p *Plane) localFunctions(region, account string) []lambda.Function {
	running := p.options.Local.Functions()
	shown := make([]lambda.Function, 0, len(running))
	for _, f := range running {
		shown = append(shown, lambda.Function{
			FunctionName: f.Name, FunctionArn: "arn:aws:lambda:" + region + ":" + account + ":function:" + f.Name, Runtime: f.Runtime, Handler: f.Handler,
			Timeout: int(f.Timeout.Seconds()), MemorySize: f.Memory, Version: "$LATEST", PackageType: "Zip", State: "Active", LastUpdateStatus: "Successful",
			LogicalID: f.LogicalID, Versions: f.Versions, Aliases: f.Aliases,
		})
	}
	return shown
}

// functionStates are the functions that run here, as they are at the moment. Their
// variables are left out as a whole, for nobody can know which of them are secret.
func (p *Plane) functionStates() []own.FunctionState {
	running := p.options.Local.States()
	shown := make([]own.FunctionState, 0, len(running))
	for i := range running {
		f := &running[i]
		// Never null on the wire: readers walk it.
		aliases := map[string]string{}
		maps.Copy(aliases, f.Aliases)
		// As people speak of Lambda: a function is cold until a process of it is there, for
		// its next invocation has to wait for one. One that is being served is running,
		// however many others of its processes are idle.
		state := "cold"
		switch {
		case f.Busy > 0:
			state = "running"
		case f.Processes > 0:
			state = "warm"
		}
		shown = append(shown, own.FunctionState{
			Name: f.Name, LogicalID: f.LogicalID, Runtime: f.Runtime, Handler: f.Handler, Folder: f.Dir, LogGroup: f.Logging.Group,
			Timeout: f.Timeout.Seconds(), Memory: f.Memory, State: state, Processes: f.Processes, Idle: f.Idle, Busy: f.Busy,
			Concurrency: f.Concurrency, Waiting: f.Waiting, Inspect: f.Inspect, Versions: append([]string{}, f.Versions...), Aliases: aliases,
			Invocations: f.Invocations, Errors: f.Errors, LastError: own.FailureOf(f.Last),
		})
	}
	return shown
}
