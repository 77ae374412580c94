package program

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
)

// Code is what a function is made of.
type Code struct {
	Name    string // of the function
	Dir     string // folder, absolute
	Handler string // as the runtime reads it
	Runtime string // such as nodejs22.x
	Command []string
	Build   Build
	Layers  []Layer // of two with the same file the later one counts
}

// Build says how what is run is made of what is in Dir. The zero value goes by the
// files: Node, Python and a bootstrap run as they are, TypeScript is bundled, Go is
// compiled, and a Makefile is asked where nothing else fits.
type Build struct {
	// Method is a BuildMethod of a SAM template: esbuild, makefile, go, rust-cargolambda, or
	// a runtime of Java, Ruby or .NET; "" for none. Others go by the files.
	Method string
	Target string // of a Makefile, without build-: the logical id
	// Properties are the BuildProperties, by their names there.
	Properties map[string]json.RawMessage
}

// Version is the version that a runtime names, as nodejs22 or python3.13.
// Documented: AWS Lambda Developer Guide, Lambda runtimes: identifiers of Node have .x
// behind their version, that of Java 8 has its operating system, and others have neither.
func Version(runtime string) string {
	return strings.TrimSuffix(strings.TrimSuffix(runtime, ".x"), ".al2")
}

// NodePaths are where layers have packages of Node, the last layer first. Documented:
// AWS Lambda Developer Guide, Layer paths for each Lambda runtime.
func NodePaths(runtime string, layers []string) (folders []string) {
	for _, layer := range slices.Backward(layers) {
		node := filepath.Join(layer, "nodejs")
		folders = append(folders, filepath.Join(node, strings.Replace(Version(runtime), "nodejs", "node", 1), "node_modules"), filepath.Join(node, "node_modules"))
	}
	return folders
}
