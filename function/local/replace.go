package local

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Replace makes these the functions that are run, all of them or none: the error
// tells everything that is wrong, and nothing has changed then. It may be called
// while functions are invoked. One whose definition is the same keeps its processes.
// One that has changed is run by new processes from its next invocation on, and one
// that is not named any more is not found; what is under way ends as it began.
func (r *Runner) Replace(functions ...Function) error {
	r.replacing.Lock()
	defer r.replacing.Unlock()
	functions, err := completed(functions)
	if err != nil {
		return err
	}
	if len(functions) > 0 && r.folder == "" {
		if err := r.openFolder(); err != nil {
			return err
		}
		// The first invocation waits for node or python as it is; this it need not wait for.
		r.tasks.Go("starting what ends functions' processes", r.guardian.Prepare)
	}
	var debugged, fresh []*pool
	pools, logical := make(map[string]*pool, len(functions)), map[string]*pool{}
	for _, f := range functions {
		p := r.pools[f.Name] // nobody else writes them
		// Everything that a definition has may reach the process, by its environment or by
		// what is started: any difference makes it another one.
		if p == nil || !reflect.DeepEqual(p.function, f) {
			before := p
			p = r.newPool(f)
			if before != nil {
				p.warned = before.warned // that a template was saved is no news of an interpreter
			}
			if f.Inspect != nil {
				p.inherit(before)
				debugged = append(debugged, p)
			}
			fresh = append(fresh, p)
		}
		pools[f.Name] = p
		// Two templates may use the same id. Neither function is found by it then: to take
		// one of them would be a guess.
		if _, taken := logical[f.LogicalID]; taken {
			p = nil
		}
		logical[f.LogicalID] = p
	}
	delete(logical, "")
	r.journal.Keep(hiding(pools))
	r.mu.Lock()
	before := r.pools
	r.pools, r.logical = pools, logical
	r.over()
	r.set, r.over = context.WithCancel(r.ctx)
	r.mu.Unlock()
	for name, p := range before {
		if pools[name] != p {
			p.retire()
		}
	}
	if len(fresh) > 0 {
		r.tasks.Go("asking interpreters for their versions", func() { r.acquaint(fresh) })
	}
	if slices.ContainsFunc(fresh, (*pool).buildsLayers) {
		r.tasks.Go("building the layers of functions", func() { r.buildLayers(fresh) })
	}
	if slices.ContainsFunc(fresh, (*pool).compiles) {
		r.following.Do(func() { r.tasks.Go("building functions", r.follow) })
	}
	for _, p := range debugged {
		r.tasks.Go("starting a function for a debugger", p.warm)
	}
	return nil
}

// acquaint warns of functions whose interpreters are not of their runtimes' versions. The
// interpreters are asked now, and not when somebody waits for the first invocation.
func (r *Runner) acquaint(pools []*pool) {
	for _, p := range pools {
		if text := r.maker.Differing(r.ctx, p.function.code()); text != "" && r.ctx.Err() == nil {
			p.warn([]string{text})
		}
	}
}

// buildLayers builds layers before the first invocation waits for them: to install packages
// may take a minute. What cannot be built is told, and tried again by who invokes it.
func (r *Runner) buildLayers(pools []*pool) {
	told := map[string]bool{} // functions share layers
	for _, p := range pools {
		if err := r.maker.Prepare(r.ctx, p.function.code()); err != nil && r.ctx.Err() == nil && !told[err.Error()] {
			told[err.Error()] = true
			p.log(nil, err.Error())
		}
	}
}

// compiles says whether something has to be made of a function's code that takes its time.
func (p *pool) compiles() bool {
	f := &p.function
	return len(f.Command) == 0 && (f.Build.Method != "" || strings.HasPrefix(f.Runtime, "provided") || f.Runtime == "go1.x")
}

// buildsLayers says whether a function has a layer that has to be built.
func (p *pool) buildsLayers() bool {
	return slices.ContainsFunc(p.function.Layers, func(l Layer) bool { return l.Build.Method != "" })
}

// completed fills what functions leave out.
func completed(functions []Function) ([]Function, error) {
	var faults []error
	whole, seen := make([]Function, 0, len(functions)), map[string]bool{}
	for _, f := range functions {
		f, err := f.Complete()
		if seen[f.Name] {
			err = errors.Join(err, errors.New("another one has its name"))
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("function %s: %w", f.Name, err))
		}
		seen[f.Name] = true
		whole = append(whole, f)
	}
	return whole, errors.Join(faults...)
}
