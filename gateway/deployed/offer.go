package deployed

import "github.com/dragoman-gateway/dragoman/resource"

// maxOffers bounds how many configurations wait to be served. One that is lost is
// read from the store.
const maxOffers = 16

// offer is a configuration that was just frozen.
type offer struct {
	api, deployment string
	snapshot        *resource.Snapshot
}

// Offer hands on what a deployment froze, so that it need not be read back. Nobody
// may change the snapshot any more. It is used only if the store has the deployment.
func (l *Apis) Offer(apiID, deploymentID string, s *resource.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.offered) == maxOffers {
		copy(l.offered, l.offered[1:])
		l.offered = l.offered[:maxOffers-1]
	}
	l.offered = append(l.offered, offer{apiID, deploymentID, s})
}

// takeOffer gives an offer out and forgets it.
func (l *Apis) takeOffer(apiID, deploymentID string) *resource.Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, o := range l.offered {
		if o.api == apiID && o.deployment == deploymentID {
			last := len(l.offered) - 1
			copy(l.offered[i:], l.offered[i+1:])
			l.offered[last] = offer{}
			l.offered = l.offered[:last]
			return o.snapshot
		}
	}
	return nil
}
