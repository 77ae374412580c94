package apikey

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// Interval is how often counts are written to the store.
const Interval = 500 * time.Millisecond

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

	mu    sync.Mutex // Protects fields below.
	owner map[[2]string]bool
}

// New makes an empty table, which refuses every key until Load.
func New(config Config) *Keys {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	return &Keys{config: config, plans: throttle.NewPlans(config.Clock, config.Now)}
}

// Refusal is why a handshake is refused; the zero value refuses nothing.
type Refusal struct {
	Status  int // 403 or 429
	Message string
}

// Connect decides on a handshake whose route asks for an API key, and tells the
// exchange which key it was. Call it after the authorizer, which may have named
// the key. The texts are those of REST APIs.
func (k *Keys) Connect(r *http.Request, stage *plan.Stage, route *plan.Route, x *exchange.Exchange) Refusal {
	if !route.Resource.ApiKeyRequired {
		return Refusal{}
	}
	value := r.Header.Get("X-Api-Key")
	if stage.Api.ApiKeySelectionExpression == resource.ApiKeyFromContext {
		value = x.UsageKey
	}
	verdict, id := k.plans.Admit(stage.ApiID, stage.Name, route.Key, value)
	x.Identity.ApiKey, x.Identity.ApiKeyID = value, id
	switch verdict {
	case throttle.Granted:
		return Refusal{}
	case throttle.Throttled:
		return Refusal{http.StatusTooManyRequests, "Too Many Requests"}
	case throttle.Exhausted:
		return Refusal{http.StatusTooManyRequests, "Limit Exceeded"}
	}
	return Refusal{http.StatusForbidden, "Forbidden"}
}

// Run writes counts to the store until ctx ends, and then once more.
func (k *Keys) Run(ctx context.Context) {
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	said := false
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			k.tell(k.Save(last))
			return
		case <-ticker.C:
		}
		err := k.Save(ctx)
		if err == nil || !said {
			k.tell(err)
		}
		said = err != nil
	}
}

func (k *Keys) tell(err error) {
	if err != nil && !errors.Is(err, store.ErrReadOnly) && !errors.Is(err, context.Canceled) {
		k.config.Logger.Error("the counts of usage plans were not saved", "error", err)
	}
}
