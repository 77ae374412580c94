package control

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// deployments runs a deployer and notes when it deployed, counted from its start.
func deployments(t *testing.T, fail int, script func(d *deployer)) []time.Duration {
	t.Helper()
	var made []time.Duration
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		d := newDeployer(func(context.Context, string, string) error {
			made = append(made, time.Since(began))
			if len(made) <= fail {
				return errors.New("the store is away")
			}
			return nil
		}, slog.New(slog.NewTextHandler(io.Discard, nil)))
		done := make(chan struct{})
		go func() { d.run(ctx); close(done) }()
		script(d)
		time.Sleep(10 * time.Second) // of the bubble's clock
		cancel()
		<-done
	})
	return made
}

func TestDeployerWaitsForQuiet(t *testing.T) {
	made := deployments(t, 0, func(d *deployer) {
		for range 3 {
			d.touch("r", "a")
			time.Sleep(50 * time.Millisecond)
		}
	})
	if len(made) != 1 || made[0] != 200*time.Millisecond {
		t.Errorf("got deployments at %v, want one at 200ms: 100ms after the last change", made)
	}
}

func TestDeployerDoesNotWaitForEver(t *testing.T) {
	made := deployments(t, 0, func(d *deployer) {
		for range 30 {
			d.touch("r", "a")
			time.Sleep(50 * time.Millisecond)
		}
	})
	if len(made) != 2 || made[0] != time.Second || made[1] != 1550*time.Millisecond {
		t.Errorf("got deployments at %v, want one 1s after the first change and one 100ms after the last", made)
	}
}

func TestDeployerRetries(t *testing.T) {
	made := deployments(t, 1, func(d *deployer) { d.touch("r", "a") })
	if len(made) != 2 || made[1] < made[0]+time.Second {
		t.Errorf("got deployments at %v, want a second one a second after the failure", made)
	}
}

func TestDeployerKeepsApisApart(t *testing.T) {
	made := deployments(t, 0, func(d *deployer) { d.touch("r", "a"); d.touch("r", "b"); d.touch("s", "a") })
	if len(made) != 3 {
		t.Errorf("got %d deployments, want one for each API and region", len(made))
	}
}
