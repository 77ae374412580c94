package region

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/wire"
)

// patchOperation is one change of the older API's PATCH.
//
// Documented: API Gateway V1 API Reference, PatchOperation. Every value is a text, numbers
// and booleans too; the path tells what it is read as.
type patchOperation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value string `json:"value"`
}

// patchOperations reads the changes that a request asks for.
func patchOperations(r *wire.Request) ([]patchOperation, error) {
	var ops []patchOperation
	if err := r.Decode("patchOperations", &ops); err != nil {
		return nil, err
	}
	for _, op := range ops {
		// A path is a JSON Pointer: RFC 6901 section 3 begins each with a slash.
		if op.Op == "" || !strings.HasPrefix(op.Path, "/") {
			return nil, family.BadRequest("Invalid patch operation specified: it needs an op and a path that begins with /")
		}
	}
	return ops, nil
}

// badPath refuses a path that an operation cannot change.
func (o patchOperation) badPath(allowed ...string) error {
	return family.BadRequest("Invalid patch path '%s' specified for op '%s'. Must be one of: [%s]", o.Path, o.Op, strings.Join(allowed, ", "))
}

// replaces refuses all but a replace of one of the paths. An add stands for a replace.
func (o patchOperation) replaces(paths ...string) error {
	if o.Op != "replace" && o.Op != "add" || !slices.Contains(paths, o.Path) {
		return o.badPath(paths...)
	}
	return nil
}

func (o patchOperation) boolean() (bool, error) {
	switch strings.ToLower(o.Value) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, family.BadRequest("Invalid patch value '%s' specified for path '%s': must be true or false", o.Value, o.Path)
}

func (o patchOperation) integer() (int32, error) {
	n, err := strconv.ParseInt(o.Value, 10, 32)
	if err != nil {
		return 0, family.BadRequest("Invalid patch value '%s' specified for path '%s': must be an integer", o.Value, o.Path)
	}
	return int32(n), nil
}

func (o patchOperation) number() (float64, error) {
	f, err := strconv.ParseFloat(o.Value, 64)
	if err != nil {
		return 0, family.BadRequest("Invalid patch value '%s' specified for path '%s': must be a number", o.Value, o.Path)
	}
	return f, nil
}

// unescapePointer takes back the escapes of JSON Pointer (RFC 6901 section 4).
//
// The order matters: "~01" means "~1" and must not become a slash.
func unescapePointer(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
}

// checkPatch holds the changes that a request asks for to their form.
func checkPatch(_ context.Context, r *wire.Request) error {
	_, err := patchOperations(r)
	return err
}

// patch applies the changes that a request asks for, one by one.
func patch[T any](r *wire.Request, noun *T, apply func(noun *T, op patchOperation) error) error {
	ops, err := patchOperations(r)
	// A later operation sees what an earlier one did. All run inside one transaction: when
	// one is refused, none has happened.
	for _, op := range ops {
		if err := apply(noun, op); err != nil {
			return err
		}
	}
	return err
}
