package up

import (
	"errors"
	"io"

	"github.com/dragoman-gateway/dragoman/server"
)

// Options are what a session is told.
type Options struct {
	Config server.Config // as for serve; its DataDir is "" for the one of the state folder
	Memory bool          // with a DataDir of "": keep the state in memory, so that none is found the next time
	Paths  []string      // files and folders; none: the present folder
	// Management says that the address of the management listener was asked for, so
	// that no other will do.
	Management bool

	Region      string // "" for what files say
	Parameters  map[string]string
	StackName   string   // "" for the name of the folder
	DefaultApis []string // logical ids of APIs that answer at the bare address; none: those that are alone

	EnvFile string // NAME=value lines for every function
	EnvVars string // JSON by function, as SAM has it

	Inspect  map[string]int // ports for debuggers, by functions' names or logical ids; 0 for the usual one
	Services string         // URL that makes what the gateway does not serve; "" for nobody

	Check bool // read and report, and run nothing
	Once  bool // until In ends
	JSON  bool // one object a line on Out, and nothing else
	Reset bool // forget the state first

	In       io.Reader
	Out, Err io.Writer
}

// ErrFaults says that the faults were told already.
var ErrFaults = errors.New("the template has faults")

// UsageError is a mistake in how the command was called.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }
