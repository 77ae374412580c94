package local

import (
	"context"

	"github.com/dragoman-gateway/dragoman/internal/watch"
)

// follow builds functions that are compiled before an invocation waits for it, when they have
// come and whenever their files are saved: a compiler may take longer than an integration
// waits, and its faults are better told at once. What cannot be built is tried again by who
// invokes it.
func (r *Runner) follow() {
	w, err := watch.New(r.options.Logger)
	if err != nil {
		r.options.Logger.Warn("what is saved is built by the next invocation", "error", err)
	} else {
		defer w.Close()
	}
	for r.ctx.Err() == nil {
		set, pools := r.compiled()
		// It is watched before it is built: what is saved meanwhile is told of afterwards.
		r.look(w, pools)
		built := false
		for _, p := range pools {
			built = p.buildAhead() || built
		}
		if built { // what else a program is made of is known by its build
			continue
		}
		if w == nil || len(pools) == 0 {
			<-set.Done()
			continue
		}
		w.Wait(set)
	}
}

// look has the folders of functions watched.
func (r *Runner) look(w *watch.Watcher, pools []*pool) {
	if w == nil {
		return
	}
	var folders []string
	for _, p := range pools {
		folders = append(folders, p.view.Folders()...)
	}
	w.Folders(folders...)
}

// compiled are the functions that have to be built, until set ends.
func (r *Runner) compiled() (set context.Context, pools []*pool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pools {
		if p.compiles() {
			pools = append(pools, p)
		}
	}
	return r.set, pools
}

// mostBuilds is how many times in a row a function is built whose files change meanwhile. A
// build that writes among its own sources would never come to an end.
const mostBuilds = 3

// buildAhead builds a function if its files are not those that were built last. It tells
// whether it did.
func (p *pool) buildAhead() (built bool) {
	for range mostBuilds {
		now := p.view.Stamp()
		if now == p.ahead || p.made(now) != nil || p.isRetired() || p.runner.ctx.Err() != nil {
			return built
		}
		p.ahead, built = now, true
		if made, _, err := p.prepared(); err == nil {
			made.Leave()
		} else if p.runner.ctx.Err() == nil && !p.isRetired() {
			p.log(nil, err.Error())
		}
	}
	p.ahead = p.view.Stamp()
	return built
}
