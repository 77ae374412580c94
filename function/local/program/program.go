package program

import (
	"slices"
	"strconv"
	"sync"
)

// Program is how a function is started. What was built for it is removed when nothing
// runs it any more.
type Program struct {
	Path     string
	Args     []string // the program's own name first
	Dir      string   // folder of what runs: the code's own, or what was built
	Handler  string   // that the runtime is told
	Inputs   []string // files and folders that it was built of, besides those of the function
	Layers   []string // folders, laid out as in /opt
	Warnings []string // of what is not as its runtime asks for

	folder string // that was built for it; "" for none

	mu      sync.Mutex // Protects fields below.
	users   int        // processes
	retired bool       // another one has taken its place
}

// Inspected are the arguments with which a debugger may attach at a port of 127.0.0.1;
// they are those of ever for port 0. Node and Python know the word.
func (p *Program) Inspected(port int) []string {
	if port == 0 || len(p.Args) == 0 {
		return p.Args
	}
	at := "127.0.0.1:" + strconv.Itoa(port)
	// Documented: Node.js, Debugging: --inspect; debugpy, Command line reference:
	// --listen. Neither waits for a debugger: an event is served without one too.
	words := []string{"--inspect=" + at}
	if p.Args[0] == "python3" {
		words = []string{"-m", "debugpy", "--listen", at}
	}
	return slices.Insert(slices.Clone(p.Args), 1, words...)
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
