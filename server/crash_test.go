package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/client"
)

const (
	childRole = "DRAGOMAN_TEST_CHILD"
	writes    = 1000
	killAfter = 400
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childRole); dir != "" {
		serveAsChild(dir)
		return
	}
	os.Exit(m.Run())
}

// serveAsChild serves a data directory until it is killed.
func serveAsChild(dir string) {
	config := Default()
	config.DataDir, config.Listen, config.Management = dir, "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := New(config)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println(s.ManagementAddr())
	_ = s.Run(context.Background())
}

func child(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.HasPrefix(line, "error") {
		t.Fatalf("the server did not start: %s %v", line, err)
	}
	return cmd, strings.TrimSpace(line)
}

// A gateway that is killed in the middle of a thousand writes has every one of
// them that it acknowledged, and no half of any other.
func TestKilledGatewayKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	cmd, address := child(t, dir)
	c := client.New(client.Options{BaseEndpoint: "http://" + address, Region: "us-east-1", RetryMaxAttempts: 1})

	var acknowledged sync.Map
	var count atomic.Int64
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for i := range writes / 8 {
				name := fmt.Sprintf("api-%d-%d", caller, i)
				api, err := c.CreateApi(t.Context(), &client.CreateApiInput{Name: name, ProtocolType: "HTTP", Target: client.String("http://127.0.0.1:1/")})
				if err != nil {
					return // it was killed
				}
				acknowledged.Store(api.ApiId, name)
				if count.Add(1) == killAfter {
					_ = cmd.Process.Kill()
				}
			}
		})
	}
	callers.Wait()
	_ = cmd.Wait()
	if count.Load() < killAfter {
		t.Fatalf("acknowledged %d writes, too few to prove anything", count.Load())
	}

	again, address := child(t, dir)
	defer func() { _ = again.Process.Kill(); _ = again.Wait() }()
	c = client.New(client.Options{BaseEndpoint: "http://" + address, Region: "us-east-1"})
	found := map[string]string{}
	var token *string
	for {
		page, err := c.GetApis(t.Context(), &client.GetApisInput{NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, api := range page.Items {
			found[api.ApiId] = api.Name
		}
		if page.NextToken == nil {
			break
		}
		token = page.NextToken
	}
	acknowledged.Range(func(id, name any) bool {
		if found[id.(string)] != name {
			t.Errorf("API %s (%s) was acknowledged and is lost", id, name)
		}
		return true
	})
	// Quick create writes an API, an integration, a route and a stage at once.
	for id := range found {
		routes, err := c.GetRoutes(t.Context(), &client.GetRoutesInput{ApiId: id})
		if err != nil {
			t.Fatal(err)
		}
		stages, err := c.GetStages(t.Context(), &client.GetStagesInput{ApiId: id})
		if err != nil {
			t.Fatal(err)
		}
		if len(routes.Items) != 1 || len(stages.Items) != 1 {
			t.Errorf("API %s is half there: %d routes, %d stages", id, len(routes.Items), len(stages.Items))
		}
	}
}

// A gateway that is killed between a change and the deployment that it asks for makes
// that deployment when it starts again.
func TestKilledGatewayDeploysWhatIsDue(t *testing.T) {
	dir := t.TempDir()
	cmd, address := child(t, dir)
	c := client.New(client.Options{BaseEndpoint: "http://" + address, Region: "us-east-1", RetryMaxAttempts: 1})
	api, err := c.CreateApi(t.Context(), &client.CreateApiInput{Name: "quick", ProtocolType: "HTTP", Target: client.String("http://127.0.0.1:1/")})
	if err != nil {
		t.Fatal(err)
	}
	deployment := func() string {
		t.Helper()
		stage, err := c.GetStage(t.Context(), &client.GetStageInput{ApiId: api.ApiId, StageName: "$default"})
		if err != nil {
			t.Fatal(err)
		}
		return stage.DeploymentId
	}
	before := deployment()
	if _, err := c.CreateRoute(t.Context(), &client.CreateRouteInput{ApiId: api.ApiId, RouteKey: "GET /late"}); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Kill() // well before a tenth of a second has passed
	_ = cmd.Wait()
	again, address := child(t, dir)
	defer func() { _ = again.Process.Kill(); _ = again.Wait() }()
	c = client.New(client.Options{BaseEndpoint: "http://" + address, Region: "us-east-1"})
	for end := time.Now().Add(20 * time.Second); deployment() == before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was due is not deployed")
		}
	}
}

func TestSecondServeOnOneDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	cmd, _ := child(t, dir)
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	config := Default()
	config.DataDir, config.Listen, config.Management = dir, "127.0.0.1:0", "127.0.0.1:0"
	s, err := New(config)
	if err == nil {
		s.close()
		t.Fatal("a second server opened the same data directory")
	}
	if !strings.Contains(err.Error(), dir) {
		t.Errorf("got %q, want an error that names %s", err, dir)
	}
}
