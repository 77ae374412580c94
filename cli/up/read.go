package up

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/functions"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// reading reads what is to be served, as often as it is saved.
type reading struct {
	o      *Options
	folder string // that the state is beside, absolute
	file   string // that was named
	files  []string
}

// find finds what a session is about.
func find(o *Options) (*reading, error) {
	if len(o.Paths) != 1 {
		return nil, &UsageError{errors.New("name one FILE")}
	}
	path, err := filepath.Abs(o.Paths[0])
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, &UsageError{err}
	}
	if info.IsDir() {
		return nil, &UsageError{fmt.Errorf("%s is a folder", path)}
	}
	return &reading{o: o, folder: filepath.Dir(path), file: o.Paths[0]}, nil
}

// read reads it. What is wrong is all in the faults; nothing is given then.
func (r *reading) read() (*stack, []flaw) {
	r.files = []string{r.file}
	text, err := os.ReadFile(r.file)
	if err != nil {
		return nil, []flaw{{File: r.file, Message: fault.Plain(err)}}
	}
	_, code, err := document.ParseFile(text, r.o.Config.MaxTemplate)
	var named []local.Function
	if err == nil {
		named, err = functions.Read(code, filepath.Dir(r.file))
	}
	if err != nil {
		f := flaw{File: r.file, Message: err.Error()}
		if at, ok := errors.AsType[*tree.Error](err); ok {
			f.Line, f.Path, f.Message = at.Line, at.Path, at.Message
		}
		return nil, []flaw{f}
	}
	apis, err := apisOf(text)
	if err != nil {
		return nil, []flaw{{File: r.file, Message: fault.Plain(err)}}
	}
	s := &stack{name: r.name(), title: filepath.Base(r.file), document: text, apis: apis}
	for _, f := range functions.Beside(named, r.o.Config.Local) {
		s.functions = append(s.functions, function{f, f.Name})
	}
	return s, nil
}

// name is that of the stack.
func (r *reading) name() string {
	if r.o.StackName != "" {
		return r.o.StackName
	}
	return filepath.Base(r.folder)
}
