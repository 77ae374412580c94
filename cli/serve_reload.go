package cli

import (
	"log/slog"
	"slices"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/cli/settings"
	"github.com/dragoman-gateway/dragoman/server"
)

// reloading reads settings anew while a gateway serves.
type reloading struct {
	given map[string]bool // flags of the command line, which no file goes before
	now   *pflag.FlagSet  // as they hold
	bare  atomic.Pointer[[]string]
	first *serving
}

// newReloading remembers what the command line has given, before anything else is read.
func newReloading(cmd *cobra.Command, first *serving) *reloading {
	r := &reloading{given: map[string]bool{}, now: cmd.Flags(), first: first}
	cmd.Flags().Visit(func(f *pflag.Flag) { r.given[f.Name] = true })
	return r
}

// defaultApis are the APIs at the bare address, as they are at the moment.
func (r *reloading) defaultApis() []string {
	if anew := r.bare.Load(); anew != nil {
		return *anew
	}
	return r.first.bare
}

// reload opens logs anew and looks at files, as SIGHUP always did, and takes over the
// settings that can be. Settings that are wrong change nothing.
func (r *reloading) reload(s *server.Server, logger *slog.Logger) {
	s.Reopen()
	anew, flags, read, err := r.read()
	if err != nil {
		logger.Error("settings were not reloaded; those before go on", "error", err)
		return
	}
	changed, restart := r.changed(flags)
	if slices.Contains(changed, "tap") || slices.Contains(changed, "tap-sample") {
		if err := s.Tap(&anew.config.Observe); err != nil {
			logger.Error("settings were not reloaded; those before go on", "error", err)
			return
		}
	}
	r.bare.Store(&anew.bare)
	r.first.log.now.Set(anew.log.now.Level())
	for _, name := range changed {
		logger.Info("setting reloaded", "setting", name, "origin", read.Origins[name])
	}
	for _, name := range restart {
		logger.Warn("setting changed: it counts after a restart", "setting", name, "origin", read.Origins[name])
	}
	r.remember(flags, changed)
}

// read reads the settings as a start would.
func (r *reloading) read() (*serving, *pflag.FlagSet, *settings.Read, error) {
	aside := &cobra.Command{}
	anew := newServing(aside)
	flags := aside.Flags()
	for name := range r.given {
		copyFlag(flags.Lookup(name), r.now.Lookup(name))
	}
	read, err := settingsReader().Apply(flags)
	if err == nil {
		err = anew.judge()
	}
	return anew, flags, read, err
}

// reloadable are the settings that count without a restart.
var reloadable = []string{"default-api", "log-level", "tap", "tap-sample"}

// changed are the settings that differ from those that hold: which can be taken over, and
// which need a restart.
func (r *reloading) changed(flags *pflag.FlagSet) (reloaded, restart []string) {
	flags.VisitAll(func(f *pflag.Flag) {
		old := r.now.Lookup(f.Name)
		switch {
		case old == nil || old.Value.String() == f.Value.String():
		case slices.Contains(reloadable, f.Name):
			reloaded = append(reloaded, f.Name)
		default:
			restart = append(restart, f.Name)
		}
	})
	return reloaded, restart
}

// remember has what was taken over hold.
func (r *reloading) remember(flags *pflag.FlagSet, names []string) {
	for _, name := range names {
		copyFlag(r.now.Lookup(name), flags.Lookup(name))
	}
}

// copyFlag gives a flag the value of another of its kind.
func copyFlag(to, from *pflag.Flag) {
	if many, ok := from.Value.(pflag.SliceValue); ok {
		_ = to.Value.(pflag.SliceValue).Replace(many.GetSlice()) // texts, which it has taken before
	} else if c, ok := from.Value.(*commands); ok {
		*to.Value.(*commands).to = *c.to
	} else {
		_ = to.Value.Set(from.Value.String())
	}
	to.Changed = from.Changed
}
