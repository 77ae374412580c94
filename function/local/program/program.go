package program

import "sync"

// Program is how a function is started. What was built for it is removed when nothing
// runs it any more.
type Program struct {
	Path     string
	Args     []string // the program's own name first
	Dir      string   // folder of what runs: the code's own, or what was built
	Handler  string   // that the runtime is told
	Bundle   string   // folder with what was bundled of the code; "" for none
	Inputs   []string // files and folders that it was built of, besides those of the function
	Layers   []string // folders, laid out as in /opt
	Warnings []string // of what is not as its runtime asks for

	folder  string                // that was built for it; "" for none
	managed bool                  // a wrapper script may start it
	flags   func(*Start) []string // of its interpreter, that go by the function; nil for none

	mu      sync.Mutex // Protects fields below.
	users   int        // processes
	retired bool       // another one has taken its place
}

// Use says that somebody uses the program, until Leave.
func (p *Program) Use() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users++
}

// Leave says that somebody does no longer.
func (p *Program) Leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users--
	p.removeUnused()
}

// Retire says that nobody will begin to use the program any more.
func (p *Program) Retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired = true
	p.removeUnused()
}

func (p *Program) removeUnused() {
	if p.retired && p.users == 0 && p.folder != "" {
		discard(p.folder)
	}
}
