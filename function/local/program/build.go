package program

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Known says whether a method is one that builds the code of functions here.
func (b *Build) Known() bool {
	return slices.Contains([]string{"esbuild", "makefile", "go"}, b.Method) || language(b.Method) != ""
}

// language is that whose tools a method means; "" for none of these.
// Documented: AWS SAM Developer Guide, Building with Metadata, BuildMethod: the identifier
// of a runtime, or rust-cargolambda.
func language(method string) string {
	for _, name := range []string{"java", "ruby", "dotnet", "rust-cargolambda"} {
		if strings.HasPrefix(method, name) {
			return name
		}
	}
	return ""
}

// build has the tools of a language make the artifacts of a function, which run in the
// place of its code.
func (m *Maker) build(ctx context.Context, c *Code) (*Program, error) {
	artifacts, err := m.newFolder(c)
	if err != nil {
		return nil, err
	}
	made := *c
	made.Dir, made.Build = artifacts, Build{}
	var p *Program
	if err = m.buildInto(ctx, c, artifacts); err == nil {
		p, err = m.find(ctx, &made)
	}
	if err != nil {
		discard(artifacts)
		return nil, err
	}
	p.Dir, p.folder = artifacts, artifacts
	return p, nil
}

func (m *Maker) buildInto(ctx context.Context, c *Code, artifacts string) error {
	switch language(c.Build.Method) {
	case "java":
		return m.inCopy(ctx, c, func(scratch string) error { return m.javaInto(ctx, c, scratch, artifacts) })
	case "ruby":
		if err := m.copied(ctx, c.Dir, artifacts, stateFolder); err != nil {
			return err
		}
		return m.bundle(ctx, c, artifacts, filepath.Join("vendor", "bundle"))
	case "dotnet":
		return m.inCopy(ctx, c, func(scratch string) error {
			return m.tool(ctx, c, scratch, nil, "dotnet", "publish", "--configuration", "Release", "--output", artifacts, "--nologo", "--verbosity", "quiet")
		})
	default:
		return m.cargo(ctx, c, artifacts)
	}
}

// inCopy builds in a copy of the code, which is gone afterwards.
func (m *Maker) inCopy(ctx context.Context, c *Code, do func(scratch string) error) error {
	scratch, err := m.scratch(ctx, c)
	if err != nil {
		return err
	}
	defer discard(scratch)
	return do(scratch)
}

// tool runs a tool of the PATH.
func (m *Maker) tool(ctx context.Context, c *Code, dir string, env []string, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%s is to be built by BuildMethod %s, and there is no %s: %w", c.Dir, c.Build.Method, name, err)
	}
	return m.run(ctx, dir, called(name, args), path, append(slices.Clone(m.Environment), env...), append([]string{name}, args...)...)
}

// called is what people call a run of a tool: by its name and by what it is to do.
func called(name string, args []string) string {
	if name == "sh" {
		name, args = args[0], args[1:]
	}
	for i, word := range args {
		if !strings.HasPrefix(word, "-") && (i == 0 || args[i-1] != "--init-script") {
			return name + " " + word
		}
	}
	return name
}

//go:embed artifacts.gradle
var artifactsGradle []byte

// javaInto builds a project of Maven or Gradle in a folder, and lays out classes and, in
// lib, the libraries that they need.
// Documented: AWS Lambda Builders, Java - Maven and Java - Gradle: that is what each
// leaves; a wrapper of the project's own comes before the tool of this machine.
// Assumed: what is tested here is the API, so a project's own tests are left out.
func (m *Maker) javaInto(ctx context.Context, c *Code, dir, artifacts string) error {
	switch {
	case isThere(filepath.Join(dir, "pom.xml")):
		err := m.wrapped(ctx, c, dir, "mvnw", "mvn", nil, "--batch-mode", "--quiet", "-Dstyle.color=never", "-DskipTests", "package", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=target/dependency")
		if err == nil {
			err = m.moved(ctx, filepath.Join(dir, "target", "classes"), artifacts)
		}
		if err == nil {
			err = m.moved(ctx, filepath.Join(dir, "target", "dependency"), filepath.Join(artifacts, "lib"))
		}
		return err
	case isThere(filepath.Join(dir, "build.gradle")), isThere(filepath.Join(dir, "build.gradle.kts")):
		// Beside the artifacts of this build alone: another build may be reading its own at this
		// moment, and the code's folder is the user's.
		script := artifacts + ".gradle"
		if err := os.WriteFile(script, artifactsGradle, 0o600); err != nil {
			return err
		}
		defer os.Remove(script)
		return m.wrapped(ctx, c, dir, "gradlew", "gradle", []string{"DRAGOMAN_ARTIFACTS=" + artifacts}, "--init-script", script, "--console=plain", "--quiet", "dragomanArtifacts")
	}
	return fmt.Errorf("%s is to be built by BuildMethod %s, and has neither a pom.xml nor a build.gradle or build.gradle.kts", c.Dir, c.Build.Method)
}

// wrapped runs a wrapper that a project brings, or the tool itself.
func (m *Maker) wrapped(ctx context.Context, c *Code, dir, wrapper, name string, env []string, args ...string) error {
	if own := filepath.Join(dir, wrapper); isThere(own) {
		// By the shell: what was unpacked may not have the right to be executed.
		return m.tool(ctx, c, dir, env, "sh", append([]string{"./" + wrapper}, args...)...)
	}
	return m.tool(ctx, c, dir, env, name, args...)
}

// moved copies what a build has left where it is wanted; it need not have left any.
func (m *Maker) moved(ctx context.Context, from, to string) error {
	if !isThere(from) {
		return nil
	}
	return m.copied(ctx, from, to)
}

// bundle installs the gems of a Gemfile below a folder; without one the code is as it is.
// Documented: AWS Lambda Builders, Ruby - Bundler: vendor/bundle, without the groups
// development and test. Bundler finds them again by the file that says so.
func (m *Maker) bundle(ctx context.Context, c *Code, dir, gems string) error {
	if !isThere(filepath.Join(dir, "Gemfile")) {
		return nil
	}
	settings := filepath.Join(dir, ".bundle", "config")
	if err := os.MkdirAll(filepath.Dir(settings), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(settings, fmt.Appendf(nil, "---\nBUNDLE_PATH: %q\nBUNDLE_WITHOUT: \"development:test\"\n", gems), 0o600); err != nil {
		return err
	}
	return m.tool(ctx, c, dir, nil, "bundle", "install", "--quiet")
}

// cargo builds a program of Rust for this machine.
// Documented: AWS SAM Developer Guide, Building Rust Lambda functions: BuildProperties
// has the Binary of several. Observed: cargo lambda is cargo with a linker for Lambda's
// machines, which is not needed here, and calls what it makes bootstrap.
func (m *Maker) cargo(ctx context.Context, c *Code, artifacts string) error {
	// What was compiled stays as long as the gateway: a change compiles what it touches.
	target := filepath.Join(m.Folder, "cargo", c.Name)
	args := []string{"build", "--release", "--quiet", "--target-dir", target}
	binary, err := binaryOf(&c.Build)
	if err != nil {
		return err
	}
	if binary != "" {
		args = append(args, "--bin", binary)
	}
	release := filepath.Join(target, "release")
	// A program that is not made any more would count as one of several.
	for _, old := range programs(release) {
		_ = os.Remove(filepath.Join(release, old))
	}
	if err := m.tool(ctx, c, c.Dir, nil, "cargo", args...); err != nil {
		return err
	}
	switch made := programs(release); {
	case binary == "" && len(made) == 1:
		binary = made[0]
	case binary == "" && slices.Contains(made, c.Handler):
		binary = c.Handler
	case binary == "":
		return fmt.Errorf("cargo build has made the programs %q of %s: say which one is the function by BuildProperties: {Binary: NAME}", made, c.Dir)
	}
	return copiedFile(filepath.Join(release, binary), filepath.Join(artifacts, "bootstrap"))
}

// programName is what Cargo calls a program. The text of a template must be no option of the
// command line that it stands in, and no way out of the folder that programs are looked for in.
//
// Documented: The Cargo Book, Cargo Targets, name: letters and digits, - and _; the first is no
// dash here.
var programName = regexp.MustCompile(`^[\pL\pN_][\pL\pN_-]*$`)

// longestProgram is how many bytes the name of a program has at most: no file has a longer
// one. It is no part of the expression, whose classes of Unicode take megabytes each time that
// they are repeated.
const longestProgram = 255

// binaryOf is the Binary of BuildProperties; "" where none is named.
func binaryOf(b *Build) (name string, err error) {
	text, is := b.Properties["Binary"]
	if !is {
		return "", nil
	}
	if err := json.Unmarshal(text, &name); err != nil || name != "" && (len(name) > longestProgram || !programName.MatchString(name)) {
		return "", fmt.Errorf("the Binary %.100s of BuildProperties is no name of a program", text)
	}
	return name, nil
}

// programs are the executable files of a folder.
func programs(folder string) (names []string) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && info.Mode().IsRegular() && info.Mode()&fs.FileMode(0o111) != 0 && filepath.Ext(entry.Name()) == "" {
			names = append(names, entry.Name())
		}
	}
	return names
}
