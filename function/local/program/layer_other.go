package program

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// jars builds a project of Java and keeps its jar beside those that it needs.
// Documented: AWS Lambda Builders, Java: of a layer the artifacts are jars in lib; AWS
// Lambda Developer Guide, Working with layers for Java: java/lib.
func (m *Maker) jars(ctx context.Context, l *Layer, to string) error {
	c := &Code{Name: l.Name, Dir: l.Dir, Build: l.Build}
	return m.inCopy(ctx, c, func(scratch string) error {
		artifacts := filepath.Join(scratch, ".artifacts")
		if err := m.javaInto(ctx, c, scratch, artifacts); err != nil {
			return err
		}
		// A layer is looked through for jars and not for classes, so that the project's own
		// go into one, as a build leaves it.
		for _, from := range []string{filepath.Join(artifacts, "lib"), filepath.Join(artifacts, "jar"), filepath.Join(scratch, "target")} {
			found, _ := filepath.Glob(filepath.Join(from, "*.jar"))
			for _, jar := range found {
				if notes(filepath.Base(jar)) {
					continue
				}
				if err := copiedFile(jar, filepath.Join(to, filepath.Base(jar))); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// notes says whether a jar that a build leaves beside its own is none to run with.
func notes(jar string) bool {
	return strings.HasPrefix(jar, "original-") || strings.HasSuffix(jar, "-sources.jar") || strings.HasSuffix(jar, "-javadoc.jar")
}

// copiedFile copies a file into a folder that need not be there. It may be of another file
// system, and no link: a later build writes to what it has made before.
func copiedFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	_ = os.Remove(to) // one name is one library, and the project's own comes last
	return (&copying{bytes: largestCopy}).file(from, to, info)
}

// rubyVersion is the version in the name of a runtime, as in ruby3.3.
var rubyVersion = regexp.MustCompile(`^\d{1,3}\.\d{1,3}$`)

// gems installs what a Gemfile asks for, and keeps the files beside it.
// Documented: AWS Lambda Developer Guide, Layer paths for each Lambda runtime: ruby/lib,
// and gems for a version of Ruby in ruby/gems/3.3.0. The version is that of the function,
// which looks there whatever Ruby this machine has.
func (m *Maker) gems(ctx context.Context, l *Layer, to string) error {
	// It becomes the name of a folder, which no template leads out of the layer.
	version := strings.TrimPrefix(l.Build.Method, "ruby")
	if !rubyVersion.MatchString(version) {
		return fmt.Errorf("the BuildMethod %.100q is no version of Ruby, such as ruby3.3", l.Build.Method)
	}
	lib := filepath.Join(to, "lib")
	if err := m.copied(ctx, l.Dir, lib, stateFolder); err != nil {
		return err
	}
	const installed = "installed"
	if err := m.bundle(ctx, &Code{Name: l.Name, Dir: l.Dir, Build: l.Build}, lib, installed); err != nil {
		return err
	}
	discard(filepath.Join(lib, ".bundle")) // it was for the build
	found, _ := filepath.Glob(filepath.Join(lib, installed, "ruby", "*"))
	if len(found) == 0 {
		return nil
	}
	if len(found) > 1 {
		return fmt.Errorf("bundle install has made gems for several Rubies: %q", found)
	}
	if err := os.MkdirAll(filepath.Join(to, "gems"), 0o700); err != nil {
		return err
	}
	return os.Rename(found[0], filepath.Join(to, "gems", version+".0"))
}
