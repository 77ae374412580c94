package program

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Start is what of a function counts for how its processes start.
type Start struct {
	Port     int                      // of 127.0.0.1, that a debugger may attach at; 0 for none
	Memory   int                      // MB that it may use
	Variable func(name string) string // of its environment
}

// Command is what a process of the program starts as.
func (p *Program) Command(s *Start) (path string, args []string, err error) {
	path, args = p.Path, slices.Clone(p.Args)
	if p.flags != nil {
		args = slices.Insert(args, 1, p.flags(s)...)
	}
	if s.Port != 0 {
		args = slices.Insert(args, 1, inspected(args[0], s.Port)...)
	}
	name := s.Variable("AWS_LAMBDA_EXEC_WRAPPER")
	if name == "" || !p.managed {
		return path, args, nil
	}
	// Documented: AWS Lambda Developer Guide, Modifying the runtime environment, Wrapper
	// scripts: the script gets the path of the interpreter and all of its arguments, and
	// starts it.
	script, err := p.wrapper(name)
	return script, append([]string{script, path}, args[1:]...), err
}

// inspected are the arguments with which a debugger may attach at a port. Node and Python
// know the word.
func inspected(name string, port int) []string {
	at := "127.0.0.1:" + strconv.Itoa(port)
	// Documented: Node.js, Debugging: --inspect; debugpy, Command line reference:
	// --listen. Neither waits for a debugger: an event is served without one too.
	if name == "python3" {
		return []string{"-m", "debugpy", "--listen", at}
	}
	return []string{"--inspect=" + at}
}

// wrapper finds the script that a function names, where its code and its layers are.
func (p *Program) wrapper(name string) (string, error) {
	places := []string{name}
	if below, is := strings.CutPrefix(name, "/var/task/"); is {
		places = []string{filepath.Join(p.Dir, below)}
	}
	if below, is := strings.CutPrefix(name, "/opt/"); is {
		for _, layer := range slices.Backward(p.Layers) {
			places = append(places, filepath.Join(layer, below))
		}
	}
	// Observed: these two complaints, of the programs that start Lambda's runtimes.
	wrong := "does not exist"
	for _, path := range places {
		if !filepath.IsAbs(path) {
			path = filepath.Join(p.Dir, path)
		}
		switch info, err := os.Stat(path); {
		case err != nil || info.IsDir():
		case info.Mode()&0o111 == 0:
			wrong = "is not an executable"
		default:
			return path, nil
		}
	}
	return "", fmt.Errorf("AWS_LAMBDA_EXEC_WRAPPER: %s: %s", name, wrong)
}

// managed tells whether a runtime is one that wrapper scripts start. Documented: AWS Lambda
// Developer Guide, Modifying the runtime environment: all but those of the operating system
// alone.
func managed(c *Code) bool {
	return len(c.Command) == 0 && !strings.HasPrefix(c.Runtime, "provided") && c.Runtime != "go1.x"
}
