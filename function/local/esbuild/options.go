package esbuild

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/evanw/esbuild/pkg/cli"
)

// form is how esbuild takes an option.
type form int

const (
	single form = iota // --name=value
	joined             // --name=value,value
	each               // --name:value for each value
)

// properties are the BuildProperties that are taken, as esbuild spells them. Documented:
// AWS SAM Developer Guide, Building Node.js Lambda functions with esbuild; the others
// are esbuild's own, which SAM has no word for and people write all the same.
var properties = map[string]form{
	"minify": single, "target": joined, "format": single, "main-fields": joined, "sources-content": single,
	"external": each, "loader": each, "out-extension": each, "banner": each,
	"footer": each, "define": each, "inject": each, "alias": each, "pure": each, "drop": each, "supported": each,
	"conditions": joined, "resolve-extensions": joined, "drop-labels": joined,
	"keep-names": single, "tree-shaking": single, "legal-comments": single, "charset": single, "packages": single, "tsconfig": single,
	"minify-syntax": single, "minify-whitespace": single, "minify-identifiers": single, "ignore-annotations": single, "preserve-symlinks": single,
	"jsx": single, "jsx-factory": single, "jsx-fragment": single, "jsx-import-source": single, "jsx-dev": single,
}

// requireForModules lets CommonJS packages inside an ES module require what Node brings.
// Documented: Node.js, Modules: ECMAScript modules, Differences between ES modules and
// CommonJS: a module has no require, __filename or __dirname.
const requireForModules = `import { createRequire as __createRequire } from 'node:module';import { fileURLToPath as __fileURLToPath } from 'node:url';` +
	`const require = __createRequire(import.meta.url), __filename = __fileURLToPath(import.meta.url), __dirname = __fileURLToPath(new URL('.', import.meta.url));`

// options are what esbuild is asked.
func (j *Job) options() (o api.BuildOptions, warnings []string, err error) {
	arguments, warnings, err := j.arguments()
	if err != nil {
		return o, nil, err
	}
	// By esbuild's own reader of arguments, so that a value is refused in the words of its manual.
	if o, err = cli.ParseBuildOptions(arguments); err != nil {
		return o, nil, fmt.Errorf("BuildProperties: %w", err)
	}
	o.Bundle, o.Platform, o.Write, o.Metafile, o.LogLevel, o.LogLimit = true, api.PlatformNode, true, true, api.LogLevelSilent, 20
	o.AbsWorkingDir, o.Outdir, o.NodePaths = j.Dir, j.Out, j.Modules
	// Whatever the template says: a stack shall name the lines that were written.
	o.Sourcemap = api.SourceMapLinked
	o.Plugins = []api.Plugin{runtimePackages()}
	if err := j.enter(&o); err != nil {
		return o, nil, err
	}
	// Node takes it everywhere, whatever a package.json above says: the bundle has its own
	// beside it.
	if o.Format == api.FormatDefault {
		o.Format = api.FormatCommonJS
	}
	if o.Format == api.FormatESModule && !j.SAM {
		// Not for SAM's builds: there the template says by Banner what it needs, as it must on AWS.
		o.Banner = map[string]string{"js": requireForModules}
	}
	return o, warnings, nil
}

// arguments are the properties as arguments of esbuild. What SAM's own defaults are:
// Documented: AWS SAM Developer Guide; the target is its builder's.
func (j *Job) arguments() (arguments, warnings []string, err error) {
	if !j.SAM {
		return []string{"--target=node" + j.Node, "--keep-names"}, nil, nil
	}
	// A property of the template comes after them, and the last one counts.
	arguments = []string{"--target=es2020", "--format=cjs", "--minify"}
	for _, name := range slices.Sorted(maps.Keys(j.Properties)) {
		if name == "EntryPoints" || name == "Sourcemap" { // see enter and options
			continue
		}
		option := kebab(name)
		form, known := properties[option]
		// A warning and no error: sam build is what decides over a template, and it takes
		// more than it documents.
		if !known {
			warnings = append(warnings, "BuildProperties: "+name+" is passed over")
			continue
		}
		values, err := valuesOf(j.Properties[name])
		if err != nil {
			return nil, nil, fmt.Errorf("BuildProperties: %s: %w", name, err)
		}
		switch form {
		case each:
			for _, value := range values {
				arguments = append(arguments, "--"+option+":"+value)
			}
		default:
			if len(values) > 0 {
				arguments = append(arguments, "--"+option+"="+strings.Join(values, ","))
			}
		}
	}
	return arguments, warnings, nil
}

// kebab is a name as esbuild spells it: MainFields is main-fields.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// valuesOf are the values of a property: a text, number or boolean, a list of them, or
// an object, whose members are name=value.
func valuesOf(raw json.RawMessage) ([]string, error) {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, err
	}
	switch value := value.(type) {
	case nil:
		return nil, nil
	case []any:
		var all []string
		for _, one := range value {
			all = append(all, fmt.Sprint(one))
		}
		return all, nil
	case map[string]any:
		var all []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			all = append(all, name+"="+fmt.Sprint(value[name]))
		}
		return all, nil
	}
	return []string{fmt.Sprint(value)}, nil
}

// enter says where the bundle begins.
func (j *Job) enter(o *api.BuildOptions) error {
	if raw, ok := j.Properties["EntryPoints"]; ok && j.SAM {
		named, err := valuesOf(raw)
		if err != nil || len(named) == 0 {
			return fmt.Errorf("BuildProperties: EntryPoints: want a list of files: %s", raw)
		}
		for _, file := range named {
			o.EntryPoints = append(o.EntryPoints, j.entry(file))
		}
		return nil
	}
	source := Source(j.Dir, j.Handler)
	if source == "" && j.SAM {
		source = j.entry(stemOf(j.Handler))
	}
	if source == "" {
		return fmt.Errorf("handler %s: there is no %s.ts in %s", j.Handler, filepath.ToSlash(stemOf(j.Handler)), j.Dir)
	}
	stem := strings.TrimSuffix(source, filepath.Ext(source))
	// The bundle has to be where the handler's name says, or Node would not find it.
	if filepath.Base(stem) == "index" && !strings.HasSuffix(stemOf(j.Handler), "index") {
		stem = filepath.Dir(stem) // a folder that Node would find its index in
	}
	o.EntryPointsAdvanced = []api.EntryPoint{{InputPath: "./" + filepath.ToSlash(source), OutputPath: filepath.ToSlash(stem)}}
	if !j.SAM && moduleSource(j.Dir, source) {
		o.Format, o.OutExtension = api.FormatESModule, map[string]string{".js": ".mjs"}
	}
	return nil
}

// entry is an entry point with its extension. Documented: AWS SAM's esbuild builder
// looks for .ts, then .js, where a file is named without.
func (j *Job) entry(file string) string {
	if filepath.Ext(file) == "" {
		for _, extension := range append(slices.Clone(extensions), ".js", ".mjs", ".cjs", ".jsx") {
			if isFile(filepath.Join(j.Dir, file+extension)) {
				file += extension
				break
			}
		}
	}
	return "./" + strings.TrimPrefix(filepath.ToSlash(file), "./")
}

// moduleSource tells whether a file is an ES module: by its extension, or by the
// nearest package.json, as Node and the TypeScript compiler have it.
func moduleSource(dir, source string) bool {
	switch filepath.Ext(source) {
	case ".mts":
		return true
	case ".cts":
		return false
	}
	for at := filepath.Dir(filepath.Join(dir, source)); ; at = filepath.Dir(at) {
		if text, err := os.ReadFile(filepath.Join(at, "package.json")); err == nil {
			var told struct{ Type string }
			return json.Unmarshal(text, &told) == nil && told.Type == "module"
		}
		if at == filepath.Dir(at) {
			return false
		}
	}
}

// runtimePackages are those that Lambda's runtime brings. Documented: AWS Lambda
// Developer Guide, Building Lambda functions with Node.js: the SDK for JavaScript v3.
// Where the project has them they are bundled as all others; else they are left to
// whoever needs them when the function runs.
func runtimePackages() api.Plugin {
	const asked = "asked" // keeps the question from coming back to us
	return api.Plugin{Name: "runtime", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `^(@aws-sdk/|@smithy/|aws-sdk(/|$)|aws-lambda$)`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if a.PluginData == asked {
				return api.OnResolveResult{}, nil
			}
			found := build.Resolve(a.Path, api.ResolveOptions{Importer: a.Importer, Namespace: a.Namespace, ResolveDir: a.ResolveDir, Kind: a.Kind, PluginData: asked})
			if len(found.Errors) > 0 {
				return api.OnResolveResult{Path: a.Path, External: true}, nil
			}
			return api.OnResolveResult{Path: found.Path, External: found.External, Namespace: found.Namespace, Suffix: found.Suffix, PluginData: found.PluginData}, nil
		})
	}}
}
