package fleet

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// length is how long each part is measured: SECONDS, or what a look costs.
func length(t *testing.T) (each time.Duration, whole bool) {
	t.Helper()
	text := os.Getenv("SECONDS")
	if text == "" {
		return 50 * time.Millisecond, false
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 1 {
		t.Fatalf("SECONDS: want a number of seconds, got %q", text)
	}
	return time.Duration(seconds) * time.Second, true
}

// row prints one row of a table.
func row(cells ...any) {
	for _, c := range cells {
		fmt.Printf("| %v ", c)
	}
	fmt.Println("|")
}

// head prints where and when this is measured, and the head of a table.
func head(title string, columns ...any) {
	fmt.Printf("\n%s: %s, %d cores, %s, load %s\n\n", title, runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format(time.DateTime), measured.LoadAverage())
	row(columns...)
	for range columns {
		fmt.Print("|---")
	}
	fmt.Println("|")
}

// times are how long the same took, again and again.
type times []time.Duration

// at is a percentile in milliseconds.
func (d times) at(share float64) string {
	if len(d) == 0 {
		return "-"
	}
	slices.Sort(d)
	return fmt.Sprintf("%.3f", float64(d[min(len(d)-1, int(share*float64(len(d))))].Microseconds())/1000)
}

// broker is a NATS server, which counts what passes.
func broker(t *testing.T) *nats.Server {
	t.Helper()
	s, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not start")
	}
	return s
}

// durable has commits reach the disk, where figures are wanted.
func durable(t *testing.T) []string {
	if _, whole := length(t); whole {
		return []string{"fsync=on"}
	}
	return nil
}

// nodes are so many on one database and one broker.
func nodes(t *testing.T, n int) (all []*measured.Gateway, s *nats.Server, database *needs.Database) {
	t.Helper()
	database, s = needs.Postgres(t, durable(t)...), broker(t)
	url := database.URL("fleet")
	for range n {
		c := measured.Config("")
		c.Fleet.Store, c.Fleet.Bus = credential.Secret(url), credential.Secret("nats://"+s.Addr().(*net.TCPAddr).String())
		c.ApiEndpoint = "{protocol}://localhost:{port}/_aws/execute-api/{apiId}"
		// Limits that are meant for all would be what is measured.
		c.ManagementRate, c.ManagementBurst = 1e6, 1e6
		c.HTTP.AccountRate, c.HTTP.AccountBurst = 1e6, 1e6
		g, err := measured.Run(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := g.Stop(); err != nil {
				t.Error(err)
			}
		})
		all = append(all, g)
	}
	return all, s, database
}
