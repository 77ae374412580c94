package local

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/program"
	"github.com/dragoman-gateway/dragoman/internal/uuid"
)

// reserved are the variables that a function's own cannot set. Documented: AWS
// Lambda Developer Guide, Using Lambda environment variables.
var reserved = map[string]bool{
	"_HANDLER": true, "_X_AMZN_TRACE_ID": true, "AWS_DEFAULT_REGION": true, "AWS_REGION": true, "AWS_EXECUTION_ENV": true,
	"AWS_LAMBDA_FUNCTION_NAME": true, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": true, "AWS_LAMBDA_FUNCTION_VERSION": true,
	"AWS_LAMBDA_INITIALIZATION_TYPE": true, "AWS_LAMBDA_LOG_GROUP_NAME": true, "AWS_LAMBDA_LOG_STREAM_NAME": true,
	"AWS_ACCESS_KEY": true, "AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true,
	"AWS_LAMBDA_RUNTIME_API": true, "LAMBDA_TASK_ROOT": true, "LAMBDA_RUNTIME_DIR": true,
}

// passed are the variables of this program that functions see: what programs need to
// run at all, and what the user has set up for calls of AWS. Nothing else leaks in,
// no key of this program's own above all.
func passed(name string) bool {
	switch name {
	case "PATH", "HOME", "USER", "LANG", "LANGUAGE", "TMPDIR", "TMP", "TEMP", "SHELL", "SYSTEMROOT", "USERPROFILE",
		"LD_LIBRARY_PATH", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE",
		"AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		// Where a version manager has put the gems of the Ruby, and the .NET, that are on the PATH.
		"GEM_HOME", "GEM_PATH", "DOTNET_ROOT":
		return true
	}
	return strings.HasPrefix(name, "LC_") || strings.HasPrefix(name, "AWS_ENDPOINT_URL")
}

// environment is what a process of the function sees; api is the address of its
// Runtime API.
func (p *pool) environment(api, version string, made *program.Program) map[string]string {
	f, o := &p.function, &p.runner.options
	// In this order, and the later one counts: what the user's programs have, what the
	// gateway gives, layers, the function's own, and Lambda's, which nothing overrides.
	// Documented: AWS Lambda Developer Guide, Working with Lambda environment variables,
	// Defined runtime environment variables.
	values := map[string]string{}
	for _, variable := range o.Environment {
		if name, value, ok := strings.Cut(variable, "="); ok && value != "" && passed(name) {
			values[name] = value
		}
	}
	// Documented: there, LANG: en_US.UTF-8. Whoever has chosen one has the locale that it
	// names; without any, Ruby reads files as ASCII.
	if values["LANG"] == "" {
		values["LANG"] = "en_US.UTF-8"
	}
	// Documented: there, AWS_XRAY_CONTEXT_MISSING: clients of X-Ray log that there is no
	// trace, and do not fail.
	values["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR"
	// A function that calls another one calls it here. Whoever has named an endpoint means
	// that one.
	if endpoint := o.endpoint(); endpoint != "" && values["AWS_ENDPOINT_URL_LAMBDA"] == "" {
		values["AWS_ENDPOINT_URL_LAMBDA"] = endpoint
	}
	p.signing(values)
	p.layered(values, made.Dir, made.Layers)
	for name, value := range f.Env {
		values[name] = value
	}
	// Observed: the form of TZ, and that of a log stream: date, version, and 32
	// hexadecimal digits.
	for name, value := range map[string]string{
		"_HANDLER": made.Handler, "AWS_LAMBDA_RUNTIME_API": api, "LAMBDA_TASK_ROOT": made.Dir, "LAMBDA_RUNTIME_DIR": p.runner.folder,
		"AWS_REGION": o.Region, "AWS_DEFAULT_REGION": o.Region, "TZ": ":UTC",
		"AWS_LAMBDA_FUNCTION_NAME": f.Name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.Memory), "AWS_LAMBDA_FUNCTION_VERSION": version,
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": f.Logging.Group,
		"AWS_LAMBDA_LOG_STREAM_NAME": time.Now().UTC().Format("2006/01/02/") + "[" + version + "]" + strings.ReplaceAll(uuid.New(), "-", ""),
	} {
		values[name] = value
	}
	// Documented: AWS Lambda Developer Guide, Working with Lambda environment variables,
	// AWS_EXECUTION_ENV: runtimes of the operating system alone do not have it.
	if !strings.HasPrefix(f.Runtime, "provided") {
		values["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + f.Runtime
	}
	// Observed: AWS's clients for Node and Python read the next two, and so do our
	// bootstraps.
	if f.Logging.JSON {
		values["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
	}
	if f.Logging.Level != "" {
		values["AWS_LAMBDA_LOG_LEVEL"] = f.Logging.Level
	}
	delete(values, bundleVariable)
	if made.Bundle != "" {
		values[bundleVariable] = made.Bundle
	}
	p.calling(values)
	return values
}

// bundleVariable tells our bootstrap for Node where to find the handler, if not in the code's
// folder. It is no argument: a wrapper script may put some of its own before the last one,
// which is the bootstrap then, as on Lambda.
const bundleVariable = "DRAGOMAN_BUNDLE"

// listed is an environment as processes get it.
func listed(values map[string]string) []string {
	environment := make([]string, 0, len(values))
	for name, value := range values {
		environment = append(environment, name+"="+value)
	}
	return environment
}

// layered makes layers, and gems of the code in dir, reach the paths that they reach under
// /opt and /var/task. Documented: AWS
// Lambda Developer Guide, Layer paths for each Lambda runtime.
func (p *pool) layered(values map[string]string, dir string, layers []string) {
	before := func(name string, folders ...string) {
		if len(folders) == 0 {
			return
		}
		if values[name] != "" {
			folders = append(folders, values[name])
		}
		values[name] = strings.Join(folders, string(os.PathListSeparator))
	}
	f := &p.function
	ruby, chosen := strings.HasPrefix(f.Runtime, "ruby"), values["GEM_PATH"] != ""
	// Documented: AWS Lambda Developer Guide, Adding layers to functions: they are
	// unpacked in order into one folder, so of two files the later layer's stays. Each one
	// goes in front of those before it here.
	for _, layer := range layers {
		python, gems := filepath.Join(layer, "python"), filepath.Join(layer, "ruby")
		before("PYTHONPATH", python, filepath.Join(python, "lib", program.Version(f.Runtime), "site-packages"))
		before("PATH", filepath.Join(layer, "bin"))
		before("LD_LIBRARY_PATH", filepath.Join(layer, "lib"))
		if ruby {
			before("RUBYLIB", filepath.Join(gems, "lib"))
			before("GEM_PATH", filepath.Join(gems, "gems", strings.TrimPrefix(f.Runtime, "ruby")+".0"))
		}
	}
	if ruby {
		// Documented: AWS Lambda Developer Guide, Working with Lambda environment variables:
		// GEM_PATH and RUBYLIB have vendor/bundle and the code before layers. The folder is of
		// the version of Ruby that gems were installed by.
		vendored, _ := filepath.Glob(filepath.Join(dir, "vendor", "bundle", "ruby", "*"))
		before("GEM_PATH", vendored...)
		before("RUBYLIB", dir)
	}
	if ruby && !chosen && values["GEM_PATH"] != "" {
		// An empty last folder stands for Ruby's own, which have Bundler and what was
		// installed, and would not be looked in otherwise (RubyGems, Gem::PathSupport).
		values["GEM_PATH"] += string(os.PathListSeparator)
	}
	if paths := program.NodePaths(f.Runtime, layers); len(paths) > 0 {
		before("NODE_PATH", paths...)
	}
}
