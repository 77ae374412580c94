package planes

import "github.com/dragoman-gateway/dragoman/gateway/serving"

// Retire is what is done with a stage that is served no more: its connections end, and it is
// counted no longer. The planes may be opened later, for they need what is deployed: nobody is
// connected before.
func Retire(opened **Planes) func(apiID, name string, last *serving.Stage) {
	return func(apiID, name string, last *serving.Stage) {
		p := *opened
		if p == nil {
			return
		}
		p.WebSocket.Retire(apiID, name, last)
		p.options.Observers.Metrics.Forget(apiID, name)
		p.options.Observers.Pulse.Forget(apiID, name)
	}
}
