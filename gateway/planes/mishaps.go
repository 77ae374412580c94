package planes

import (
	"fmt"
	"log/slog"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/mishap"
)

// Injector is what is injected for tests of clients.
type Injector = mishap.Injector

// OpenInjector makes what is injected for tests of clients, nil where that was neither asked
// for nor is allowed. Whoever looks at the log or at /readyz is told of it: a fault that was
// injected and forgotten costs somebody a day.
func OpenInjector(c *config.Config, r *readiness.Readiness, logger *slog.Logger) (*Injector, error) {
	if len(c.Faults) == 0 && !c.AllowFault {
		return nil, nil
	}
	return mishap.New(c.Faults, func(rules []string) {
		if len(rules) == 0 {
			r.Clear(readiness.Fault, "")
			logger.Info("no faults are injected")
			return
		}
		logger.Warn("faults are injected", "rules", rules)
		r.Report(readiness.Fault, "", fmt.Sprintf("injected on purpose by %d rules, the first of them %s", len(rules), rules[0]))
	})
}
