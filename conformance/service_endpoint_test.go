package conformance

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
)

// moto runs AWS services that somebody else wrote, and points every service of
// the gateways of this test at them. It skips the test where moto is not
// installed.
func moto(t *testing.T) (url string) {
	t.Helper()
	server := tool(t, "moto_server", "--help")
	tool(t, "python3", "-c", "import boto3")
	cmd := exec.Command(server, "-H", "127.0.0.1", "-p", "0")
	says, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	found := make(chan string, 1)
	go func() { // ends with the process
		lines, at := bufio.NewScanner(says), regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
		for lines.Scan() {
			if u := at.FindString(lines.Text()); u != "" {
				select {
				case found <- u:
				default:
				}
			}
		}
	}()
	select {
	case url = <-found:
	case <-time.After(time.Minute):
		t.Fatal("moto_server did not start within a minute")
	}
	servicesAt(t, url)
	return url
}

// servicesAt points the services of first-class integrations at a URL.
func servicesAt(t *testing.T, url string) {
	t.Helper()
	awstest.Isolate(t)
	for _, id := range []string{"SQS", "KINESIS", "EVENTBRIDGE", "SFN", "APPCONFIG", "DYNAMODB"} {
		t.Setenv("AWS_ENDPOINT_URL_"+id, url)
	}
}

// boto3 runs a script with what every script needs: client(name) for the services
// at the URL, and the texts of arguments in args. What the script prints last is
// read as JSON.
func boto3(t *testing.T, url, script string, arguments ...string) map[string]any {
	t.Helper()
	const before = `
import boto3, json, sys
from botocore.config import Config
args = sys.argv[2:]
def client(name, **config):
    return boto3.client(name, endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKIDOWN", aws_secret_access_key="own-secret", config=Config(retries={"max_attempts": 0}, **config))
`
	cmd := exec.Command(tool(t, "python3", "-c", "import boto3"), append([]string{"-c", before + script, url}, arguments...)...)
	// An empty AWS_PROFILE is a profile to botocore, and none to the SDK for Go.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") && strings.HasSuffix(v, "=") })
	out, err := cmd.Output()
	if err != nil {
		var text []byte
		if failed, ok := err.(*exec.ExitError); ok {
			text = failed.Stderr
		}
		t.Fatalf("boto3: %v\n%s", err, text)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var said map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &said); err != nil {
		t.Fatalf("boto3 said %s: %v", out, err)
	}
	return said
}
