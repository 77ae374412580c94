package program

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// dotnet runs what a handler names: an executable assembly or program with the client
// among what it needs, or a class library by the client that AWS's test tool brings.
func (m *Maker) dotnet(c *Code) (*Program, error) {
	// Observed: in the script that starts Lambda's runtime: a handler with a colon is a method
	// of a class library, and another one an assembly, with or without .dll, or a program.
	name, _, library := strings.Cut(c.Handler, "::")
	name = strings.TrimSuffix(name, ".dll")
	for _, place := range dotnetPlaces(c.Dir) {
		assembly := filepath.Join(place, name+".dll")
		switch described := isThere(filepath.Join(place, name+".runtimeconfig.json")); {
		case isThere(assembly) && described && isThere(filepath.Join(place, "Amazon.Lambda.RuntimeSupport.dll")):
			path, err := exec.LookPath("dotnet")
			return &Program{Path: path, Args: []string{"dotnet", "exec", assembly}}, err
		case library && isThere(assembly) && described && isThere(filepath.Join(place, name+".deps.json")):
			return m.classLibrary(c, filepath.Join(place, name))
		// Compiled ahead of time it has no assembly beside it.
		case !library && name != "" && !isThere(assembly) && executable(filepath.Join(place, name)):
			return &Program{Path: filepath.Join(place, name), Args: []string{filepath.Join(place, name)}}, nil
		}
	}
	return nil, nil
}

// dotnetPlaces are where what is built may be. What dotnet publish has made comes before what
// dotnet build has, which may lack packages.
func dotnetPlaces(dir string) []string {
	places := []string{dir, filepath.Join(dir, "publish")}
	for _, pattern := range []string{"bin/*/net*/publish", "bin/*/net*/*/publish", "bin/*/net*/*", "bin/*/net*"} {
		more, _ := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		places = append(places, more...)
	}
	return places
}

// classLibrary runs a class library by the client of AWS's test tool; nil where that is not
// installed. Documented: AWS .NET Lambda Test Tool, Class library functions: the command, and
// where the tool has the client, whose name has changed once.
func (m *Maker) classLibrary(c *Code, base string) (*Program, error) {
	framework := strings.Replace(c.Runtime, "dotnet", "net", 1) + ".0"
	for _, home := range variables(m.Environment, "DOTNET_CLI_HOME", "HOME", "USERPROFILE") {
		for _, name := range []string{"Amazon.Lambda.RuntimeSupport.TestTool.dll", "Amazon.Lambda.RuntimeSupport.dll"} {
			clients, _ := filepath.Glob(filepath.Join(home, ".dotnet/tools/.store/amazon.lambda.testtool/*/amazon.lambda.testtool/*/content/Amazon.Lambda.RuntimeSupport", framework, name))
			for _, client := range slices.Backward(clients) {
				path, err := exec.LookPath("dotnet")
				return &Program{Path: path, Args: []string{"dotnet", "exec", "--depsfile", base + ".deps.json", "--runtimeconfig", base + ".runtimeconfig.json", client, c.Handler}}, err
			}
		}
	}
	return nil, nil
}

// variables are the values of variables of an environment, in the order of the names.
func variables(environment []string, names ...string) (values []string) {
	for _, name := range names {
		for _, variable := range environment {
			if value, is := strings.CutPrefix(variable, name+"="); is && value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
