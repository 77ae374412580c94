package program

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// foreign runs a function by the runtime client that comes with its own dependencies.
// Documented: AWS Lambda Developer Guide, Using a non-AWS base image: the clients, and
// how they are started.
func (m *Maker) foreign(ctx context.Context, c *Code) (*Program, error) {
	var p *Program
	var err error
	language, missing := "", ""
	switch {
	// What is missing is told as what to do about it: these are met on the first invoke.
	case strings.HasPrefix(c.Runtime, "java"):
		language, missing = "java", "the library com.amazonaws:aws-lambda-java-runtime-interface-client is neither in the folder nor in its lib, target or build/libs, nor in java/lib of a layer: add it to the function's dependencies"
		p, err = m.java(ctx, c)
	case strings.HasPrefix(c.Runtime, "ruby"):
		language, missing = "ruby", "the gem aws_lambda_ric is neither in the Gemfile.lock, nor in vendor/bundle, nor installed: bundle add aws_lambda_ric"
		p, err = ruby(c)
	case strings.HasPrefix(c.Runtime, "dotnet"):
		language, missing = "dotnet", "there is no executable assembly with Amazon.Lambda.RuntimeSupport in the folder or below its bin: add that package, give the project a Main, and name the assembly as the handler; or, for a class library that has been built, dotnet tool install -g Amazon.Lambda.TestTool, which brings a client"
		p, err = m.dotnet(c)
	default:
		return nil, fmt.Errorf("functions of %q are not run here by themselves: name a command that speaks the Lambda Runtime API by --runtime %s=COMMAND", c.Runtime, c.Runtime)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is needed for %s: %w", language, c.Runtime, err)
	}
	if p == nil {
		return nil, fmt.Errorf("functions of %s run here by the runtime client among their own dependencies, and %s; or name a command that speaks the Lambda Runtime API by --runtime %s=COMMAND", c.Runtime, missing, c.Runtime)
	}
	return p, nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// withoutBundler makes Ruby take Bundler for set up: the client's program asks for that
// first, and Bundler ends it where there is no Gemfile. Lambda's own runtime asks for
// neither: gems are found by GEM_PATH.
// Documented: the class variable $LOADED_FEATURES of Ruby: require loads nothing twice.
const withoutBundler = "$LOADED_FEATURES << 'bundler/setup.rb'; "

// ruby runs the client of the bundle, or else the one that is installed.
func ruby(c *Code) (*Program, error) {
	bundled := isThere(filepath.Join(c.Dir, "Gemfile"))
	if lock, err := os.ReadFile(filepath.Join(c.Dir, "Gemfile.lock")); err == nil && strings.Contains(string(lock), "aws_lambda_ric") {
		// What the bundle locks is what is deployed, so it comes before any gem of this machine.
		path, err := exec.LookPath("bundle")
		return &Program{Path: path, Args: []string{"bundle", "exec", "aws_lambda_ric", c.Handler}}, err
	}
	found, _ := filepath.Glob(filepath.Join(c.Dir, "vendor", "bundle", "ruby", "*", "gems", "aws_lambda_ric-*", "bin", "aws_lambda_ric*"))
	for _, layer := range slices.Backward(Folders(c.Layers)) {
		more, _ := filepath.Glob(filepath.Join(layer, "ruby", "gems", "*", "gems", "aws_lambda_ric-*", "bin", "aws_lambda_ric*"))
		found = append(found, more...)
	}
	// Documented: AWS Lambda Developer Guide, Deploy Ruby Lambda functions with .zip file
	// archives: gems are in vendor/bundle. They come before what is installed, so that a
	// handler meets the versions that it is deployed with.
	if len(found) > 0 {
		path, err := exec.LookPath("ruby")
		lib := filepath.Join(filepath.Dir(filepath.Dir(found[0])), "lib")
		args := []string{"ruby", "-I", lib, "-I", c.Dir}
		if !bundled {
			args = append(args, "-e", withoutBundler+"load ARGV.shift")
		}
		return &Program{Path: path, Args: append(args, found[0], c.Handler)}, err
	}
	path, err := exec.LookPath("aws_lambda_ric")
	if err != nil {
		return nil, nil
	}
	if bundled {
		return &Program{Path: path, Args: []string{"aws_lambda_ric", c.Handler}}, nil
	}
	path, err = exec.LookPath("ruby")
	return &Program{Path: path, Args: []string{"ruby", "-e", withoutBundler + "load Gem.bin_path('aws_lambda_ric', 'aws_lambda_ric')", c.Handler}}, err
}
