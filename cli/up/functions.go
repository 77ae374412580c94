package up

import (
	"maps"
	"path/filepath"
	"reflect"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/template/gateway"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// functionsOf are the functions of a template as they are run, with the variables of
// the user. Their code may have to be placed before.
func functionsOf(all []gateway.Function, given *variables) []local.Function {
	functions := make([]local.Function, 0, len(all))
	for i := range all {
		f := &all[i]
		made := local.Function{
			Name: f.Name, LogicalID: f.LogicalID, Handler: f.Handler, Runtime: f.Runtime, Layers: layersOf(f.Layers), Env: maps.Clone(f.Env),
			Timeout: time.Duration(f.Timeout) * time.Second, Memory: f.Memory, Reserved: f.Reserved, Versions: f.Versions, Aliases: f.Aliases, Defined: true,
			Logging: local.Logging{JSON: f.Logging.JSON, Level: f.Logging.Level, Group: f.Logging.Group},
		}
		if f.Code.Dir != "" {
			made.Dir = absolute([]string{f.Code.Dir})[0]
		}
		if f.Build != nil {
			made.Build = local.Build{Method: f.Build.Method, Target: f.Build.Target, Properties: f.Build.Properties}
		}
		for _, e := range f.Events {
			about := local.Events{Qualifier: e.Qualifier, Retries: e.Retries, OnSuccess: e.OnSuccess, OnFailure: e.OnFailure}
			if about.Qualifier == "$LATEST" {
				about.Qualifier = ""
			}
			if e.MaxAge != nil {
				about.Age = time.Duration(*e.MaxAge) * time.Second
			}
			made.Events = append(made.Events, about)
		}
		if made.Env == nil {
			made.Env = map[string]string{}
		}
		given.into(made.Env, f.LogicalID, f.Name)
		functions = append(functions, made)
	}
	return functions
}

func layersOf(all []gateway.Layer) (layers []local.Layer) {
	for _, l := range all {
		made := local.Layer{Name: l.Name}
		if l.Content != "" {
			made.Dir = absolute([]string{l.Content})[0]
		}
		if l.Build != nil {
			made.Build = local.Build{Method: l.Build.Method, Target: l.Build.Target, Properties: l.Build.Properties}
		}
		layers = append(layers, made)
	}
	return layers
}

func absolute(paths []string) []string {
	var found []string
	for _, path := range paths {
		if whole, err := filepath.Abs(filepath.FromSlash(path)); err == nil {
			path = whole
		}
		found = append(found, path)
	}
	return found
}

// check tells what is wrong with functions whose code is in a folder of the user's.
func check(all []gateway.Function, functions []local.Function) (faults []source.Fault) {
	for i := range all {
		if functions[i].Dir == "" {
			continue
		}
		f := functions[i]
		f.Layers = nil // they may still be packed, or in S3; what is missing was told with its place
		if _, err := f.Complete(); err != nil {
			at := all[i].Origin
			faults = append(faults, source.Fault{File: at.File, Line: at.Line, LogicalID: at.LogicalID, Path: "Resources." + at.LogicalID, Message: err.Error()})
		}
	}
	return faults
}

// both are the functions of two sets; of two with one name that of the second.
func both(before, after []local.Function) []local.Function {
	all := append([]local.Function{}, after...)
	names := byName(after)
	for _, f := range before {
		if _, there := names[f.Name]; !there {
			all = append(all, f)
		}
	}
	return all
}

func byName(functions []local.Function) map[string]*local.Function {
	names := map[string]*local.Function{}
	for i := range functions {
		names[functions[i].Name] = &functions[i]
	}
	return names
}

// differing are the functions that are not the same in both sets, by what people call
// them.
func differing(before, after []local.Function) (labels []string) {
	old, now := byName(before), byName(after)
	for i := range after {
		f := &after[i]
		if was := old[f.Name]; was == nil || !reflect.DeepEqual(was, f) {
			labels = append(labels, label(f))
		}
	}
	for i := range before {
		if now[before[i].Name] == nil {
			labels = append(labels, label(&before[i]))
		}
	}
	return labels
}
