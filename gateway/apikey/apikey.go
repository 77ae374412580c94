package apikey

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// Interval is how often counts are written to the store: what a node that dies has
// counted since is lost, and what others have counted is not known for so long.
const Interval = time.Second

// sweepEvery is how often counts that are old, or of keys that are gone, are removed.
const sweepEvery = 24 * time.Hour

// Config is what Keys need; Clock and Now may be nil for the machine's.
type Config struct {
	Store  store.Store
	Clock  throttle.Clock
	Now    func() time.Time
	Logger *slog.Logger
}

// Keys are the API keys and usage plans that are served. They are safe for
// concurrent use.
type Keys struct {
	config Config
	plans  *throttle.Plans
	served map[string]throttle.Plan // by id; of Load alone
	// restored are the keys of plans whose counts were taken over, with the period in
	// which they were; of Load alone.
	restored map[[2]string]throttle.Period

	mu     sync.Mutex // Protects fields below.
	owner  map[[2]string]bool
	quotas map[string]throttle.Quota // by plan
}

// New makes an empty table, which refuses every key until Load.
func New(config Config) *Keys {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	return &Keys{config: config, restored: map[[2]string]throttle.Period{}, plans: throttle.NewPlans(config.Clock, config.Now)}
}

// Admit counts a handshake on a route by the value of its API key, and answers the
// key's id with the verdict. Only what is granted is counted.
// Documented: API Gateway Developer Guide, Create routes for WebSocket APIs: a key is
// asked for on $connect.
func (k *Keys) Admit(api, stage, route, value string) (throttle.Verdict, string) {
	return k.plans.Admit(api, stage, route, value)
}

// Look is what a handshake on a route finds, by the value of its API key.
func (k *Keys) Look(api, stage, route, value string) throttle.Use {
	return k.plans.Look(api, stage, route, value)
}

// Nodes tells how many nodes share the throttles of keys, this one included.
func (k *Keys) Nodes(n int) { k.plans.Nodes(n) }

// Used is what a key has used of a plan, as far as this node knows. A disabled key uses
// nothing, and is told as one that has used nothing.
func (k *Keys) Used(plan, key string) verdict.Used {
	u := k.plans.Use(plan, key)
	return verdict.Used{Used: u.Used, From: u.From, Until: u.Until}
}

func (k *Keys) now() time.Time {
	if k.config.Now != nil {
		return k.config.Now()
	}
	return time.Now()
}

// Run writes counts to the store until ctx ends, and then once more.
func (k *Keys) Run(ctx context.Context) {
	ticker, sweep := time.NewTicker(Interval), time.NewTicker(sweepEvery)
	defer ticker.Stop()
	defer sweep.Stop()
	said := false
	for {
		select {
		case <-ctx.Done():
			// ctx has ended, and what was counted last is not written yet.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			k.tell(k.Save(last))
			return
		case <-sweep.C:
			k.tell(k.Sweep(ctx))
			continue
		case <-ticker.C:
		}
		err := k.Save(ctx)
		if err == nil || !said {
			k.tell(err)
		}
		said = err != nil
	}
}

// tell leaves out a store that is read-only: that it keeps no counts was the choice
// of whoever opened it so, and not a failure to report twice a second.
func (k *Keys) tell(err error) {
	if err != nil && !errors.Is(err, store.ErrReadOnly) && !errors.Is(err, context.Canceled) {
		k.config.Logger.Error("the counts of usage plans were not saved", "error", err)
	}
}
