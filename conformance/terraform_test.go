package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// terraform is a working directory with a configuration.
type terraform struct {
	t         *testing.T
	dir, path string
	env       []string
}

// newTerraform prepares a directory with copies of the files of testdata, or
// skips the test where Terraform or its AWS provider cannot run. Providers come
// from the mirror that TF_PLUGIN_MIRROR names, from TF_CLI_CONFIG_FILE, or from a
// mirror in one of the places where such things are installed; never from the network.
func newTerraform(t *testing.T, endpoint, source string) *terraform {
	t.Helper()
	tf := &terraform{t: t, dir: t.TempDir(), path: tool(t, "terraform", "version")}
	files, err := filepath.Glob(filepath.Join("testdata", source, "*.tf"))
	must(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(tf.dir, filepath.Base(file)), text, 0o600))
	}
	tf.env = append(os.Environ(), "TF_VAR_endpoint="+endpoint, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "AWS_EC2_METADATA_DISABLED=true", "TF_CLI_ARGS=-no-color")
	if config := tf.config(); config != "" {
		tf.env = append(tf.env, "TF_CLI_CONFIG_FILE="+config)
	}
	if out, err := tf.try("init"); err != nil {
		needs.Missing(t, "terraform", fmt.Sprintf("it cannot install its AWS provider here (TF_PLUGIN_MIRROR names a mirror): %v\n%s", err, out))
	}
	return tf
}

// config writes a CLI configuration for the first mirror that has the provider.
func (tf *terraform) config() string {
	places := []string{os.Getenv("TF_PLUGIN_MIRROR")}
	if file := os.Getenv("TF_CLI_CONFIG_FILE"); places[0] == "" && file != "" {
		if _, err := os.Stat(file); err == nil {
			return "" // it says itself where providers are
		}
	}
	home, _ := os.UserHomeDir()
	for _, pattern := range []string{"/opt/*", "/usr/share/terraform/*", "/usr/local/share/terraform/*", filepath.Join(home, ".terraform.d", "*")} {
		found, err := filepath.Glob(pattern)
		must(tf.t, err)
		places = append(places, found...)
	}
	for _, place := range places {
		if _, err := os.Stat(filepath.Join(place, "registry.terraform.io", "hashicorp", "aws")); place == "" || err != nil {
			continue
		}
		file := filepath.Join(tf.dir, "cli.tfrc")
		text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", place)
		must(tf.t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	needs.Missing(tf.t, "terraform", "no mirror of its AWS provider was found: set TF_PLUGIN_MIRROR")
	return ""
}

func (tf *terraform) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(tf.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, tf.path, append([]string{"-chdir=" + tf.dir}, args...)...)
	cmd.Env = tf.env
	out, err := cmd.CombinedOutput()
	text := string(out)
	if at := strings.Index(text, "Error: "); at > 0 {
		text = text[at:] // what came before is the plan
	}
	return text, err
}

func (tf *terraform) run(args ...string) string {
	tf.t.Helper()
	out, err := tf.try(args...)
	if err != nil {
		tf.t.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// applied applies a state of the configuration, and wants that the next plan
// finds nothing to do.
func (tf *terraform) applied(variables ...string) {
	tf.t.Helper()
	tf.run(append([]string{"apply", "-auto-approve", "-input=false"}, variables...)...)
	if out, err := tf.try(append([]string{"plan", "-detailed-exitcode", "-input=false"}, variables...)...); err != nil {
		tf.t.Fatalf("the second plan (%s) is not empty: %v\n%s", variables, err, out)
	}
}

// TestTerraform makes, changes and destroys every resource of the provider for
// this service; after each step a plan finds nothing left to do.
func TestTerraform(t *testing.T) {
	if testing.Short() {
		t.Skip("runs Terraform, which takes a while")
	}
	t.Parallel()
	g := start(t)
	tf := newTerraform(t, "http://"+g.ManagementAddr(), "terraform")
	tf.applied("-var=changed=false")
	tf.applied("-var=changed=true")
	tf.run("destroy", "-auto-approve", "-input=false")
	apis, err := g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
	must(t, err)
	domains, err := g.sdk.GetDomainNames(t.Context(), &apigatewayv2.GetDomainNamesInput{})
	must(t, err)
	links, err := g.sdk.GetVpcLinks(t.Context(), &apigatewayv2.GetVpcLinksInput{})
	must(t, err)
	if n := len(apis.Items) + len(domains.Items) + len(links.Items); n != 0 {
		t.Errorf("got %d resources after terraform destroy, want none", n)
	}
}
