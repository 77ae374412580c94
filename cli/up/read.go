package up

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dragoman-gateway/dragoman/cli/up/services"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/disk"
	"github.com/dragoman-gateway/dragoman/management/functions"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template"
	"github.com/dragoman-gateway/dragoman/template/gateway"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// reading reads what is to be served, as often as it is saved.
type reading struct {
	o       *Options
	folder  string // that the state is beside, absolute
	files   stamps // that were asked for last
	objects objects
	data    string // host:port where APIs are served; "" while none is
}

// find finds the folder of what a session is about.
func find(o *Options) (*reading, error) {
	path := "."
	if len(o.Paths) > 0 {
		path = o.Paths[0]
	}
	for _, named := range o.Paths {
		if _, err := os.Stat(named); err != nil {
			return nil, &UsageError{err}
		}
	}
	for flag, named := range map[string]string{"--env-file": o.EnvFile, "--env-vars": o.EnvVars} {
		if _, err := os.Stat(named); named != "" && err != nil {
			return nil, &UsageError{fmt.Errorf("%s: %w", flag, err)}
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		path = filepath.Dir(path)
	}
	// What others have generated is thrown away by them as a whole.
	if name := filepath.Base(path); name == "cdk.out" || name == ".serverless" {
		path = filepath.Dir(path)
	}
	return &reading{o: o, folder: path}, nil
}

// read reads it. What is wrong is in its faults; nothing of it may be served then.
// elsewhere are the values of what other services hold.
func (r *reading) read(elsewhere values) *scene {
	found := &files{stamps{}}
	o := r.o
	loaded := template.Load(found, template.Options{
		Paths: o.Paths, StackName: o.StackName, Folder: filepath.Base(r.folder), Region: o.Region, Account: o.Config.Account,
		Parameters: o.Parameters, Lookup: os.LookupEnv, MaxTemplate: o.Config.MaxTemplate, Address: r.address(), Elsewhere: elsewhere.answer, HandedOn: o.Services != "", Object: r.object(),
		Complete: func(document string, root tree.Node) []*tree.Error {
			folder := disk.Of(filepath.FromSlash(document))
			folder.Asked = found.note
			return folder.Complete(root)
		},
	})
	s := &scene{Loaded: loaded, name: r.name(), services: o.Services}
	given, err := readVariables(found, o.EnvFile, o.EnvVars)
	if err != nil {
		s.Faults = append(s.Faults, source.Fault{Message: err.Error()})
		given = &variables{}
	}
	if o.Services != "" && !services.Public(o.Services) {
		given.services = o.Services
	}
	var placed []gateway.Function // those that can be run from here
	for _, f := range s.Functions {
		if f.Code != (gateway.Code{}) {
			placed = append(placed, f)
		}
	}
	s.Functions = placed
	s.functions = functionsOf(s.Functions, given)
	named, faults := namedIn(loaded)
	s.Faults = once(append(append(s.Faults, check(s.Functions, s.functions)...), faults...))
	if len(faults) > 0 { // of a document of our own, which is one file
		slices.SortStableFunc(s.Faults, func(a, b source.Fault) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
	}
	s.functions = append(s.functions, functions.Beside(named, o.Config.Local)...)
	s.Notes = append(s.Notes, unlinked(s.APIs, o.Config.VpcLinks)...)
	r.files = found.asked
	return s
}

// unlinked are VPC links that lead nowhere: no VPC is here, and whoever calls such a route
// would hear no more than that it failed.
func unlinked(apis []gateway.API, targets map[string][]string) (notes []gateway.Note) {
	told := map[string]bool{}
	for _, api := range apis {
		for _, route := range api.Routes {
			if len(route.Link) == 0 || slices.ContainsFunc(route.Link, func(id string) bool { return len(targets[id]) > 0 }) {
				continue
			}
			id := route.Link[len(route.Link)-1]
			if told[id] {
				continue
			}
			told[id] = true
			notes = append(notes, gateway.Note{Origin: api.Origin, Text: api.LogicalID + ": " + route.Key + " goes through a VPC link, behind which is nothing here: --vpc-link " + id + "=HOST:PORT"})
		}
	}
	return notes
}

// object answers what is in S3; nil where nobody has any.
func (r *reading) object() func(gateway.Object) ([]byte, bool) {
	if r.o.Services == "" {
		return nil
	}
	return r.objects.text
}

// namedIn are the functions that a document of our own names.
func namedIn(loaded *template.Loaded) ([]local.Function, []source.Fault) {
	code := loaded.Own.Get("functions")
	if len(loaded.Files) == 0 || !code.There() {
		return nil, nil // what was made of a template names none
	}
	file := loaded.Files[0]
	named, err := functions.Read(code, filepath.Dir(filepath.FromSlash(file)))
	if err == nil {
		return named, nil
	}
	var faults []source.Fault
	for _, e := range functions.Faults(err) {
		faults = append(faults, template.Told(file, e))
	}
	return nil, faults
}

// once leaves out what is said of one place again: of a line of SAM several resources
// are made.
func once(faults []source.Fault) (left []source.Fault) {
	type said struct {
		file, message string
		line, column  int
	}
	seen := map[said]bool{}
	for _, f := range faults {
		at := said{f.File, f.Message, f.Line, f.Column}
		if f.Line == 0 || !seen[at] {
			left = append(left, f)
		}
		seen[at] = true
	}
	return left
}

// address words where an API is served; nil while nothing is.
func (r *reading) address() func(protocol, apiID string) string {
	if r.data == "" {
		return nil
	}
	return func(protocol, apiID string) string {
		scheme := "http"
		if protocol == "wss" {
			scheme = "ws"
		}
		return scheme + "://" + r.data + byPath + apiID
	}
}

// name is that of the stack.
func (r *reading) name() string {
	if r.o.StackName != "" {
		return r.o.StackName
	}
	return filepath.Base(r.folder)
}
