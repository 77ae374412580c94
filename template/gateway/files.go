package gateway

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// beside is the file or folder that a value of a resource names: it is relative to the
// folder of the template that the value stands in.
func beside(r *resource, n tree.Node) string {
	name, file := filepath.ToSlash(n.Text()), n.File()
	if path.IsAbs(name) || filepath.IsAbs(n.Text()) {
		return path.Clean(name)
	}
	// Documented: AWS CLI, cloudformation package: paths are relative to the folder of the
	// template. A value that AWS::Include has put in stands in its own file; one without a
	// file was made, and counts as its resource's.
	if file == "" {
		file = r.Node.File()
	}
	return path.Join(path.Dir(filepath.ToSlash(file)), name)
}

// asset finds what a template looks for in S3, where an assembly has it.
func (b *builder) asset(key tree.Node) (name string, ok bool) {
	if b.Asset == nil || key.Text() == "" {
		return "", false
	}
	return b.Asset(key.Text())
}

// whyNot words why a file cannot be read.
func whyNot(err error, length, most int) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case err != nil:
		if wrong, ok := errors.AsType[*fs.PathError](err); ok {
			return wrong.Err.Error()
		}
		return err.Error()
	}
	return "it has " + strconv.Itoa(length) + " bytes, more than " + strconv.Itoa(most)
}
