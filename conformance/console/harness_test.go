package console

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// patience bounds each wait for the page. It is long, for machines under load: whatever
// must be quick is measured by its own journey.
const patience = 30 * time.Second

// gateway is a running server, with an SDK client that points at it.
type gateway struct {
	*server.Server
	t    *testing.T
	sdk  *apigatewayv2.Client
	url  string // of the management listener, without a slash at its end
	stop func()
}

// start runs a gateway on free ports, in memory unless told otherwise, until the test ends.
func start(t *testing.T, change ...func(*server.Config)) *gateway {
	t.Helper()
	config := server.Default()
	config.DataDir, config.Listen, config.Management = "", "127.0.0.1:0", "127.0.0.1:0"
	config.Drain = time.Second
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	for _, c := range change {
		c(&config)
	}
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	t.Cleanup(stop)
	url := "http://" + s.ManagementAddr()
	return &gateway{Server: s, t: t, sdk: sdk(url), url: url, stop: stop}
}

func sdk(url string) *apigatewayv2.Client { return sdkOf(url, "AKIDEXAMPLE", "secret") }

// sdkOf is a client that signs with a key.
func sdkOf(url, id, secret string) *apigatewayv2.Client {
	return apigatewayv2.New(apigatewayv2.Options{
		BaseEndpoint: aws.String(url), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
		}),
	})
}

// must fails a journey that cannot go on.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// file writes a file of the test's own.
func file(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
