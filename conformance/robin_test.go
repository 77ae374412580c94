package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/dragomantest"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// behindRobin says that each gateway of the journeys is three nodes on PostgreSQL and NATS,
// behind a front that gives each connection and each request to the next of them. The journeys
// know nothing of it. `make test-fleet` sets it.
var behindRobin = os.Getenv("DRAGOMAN_ROBIN") != ""

// nodesBehind is how many nodes stand for one gateway: with three, what one writes and a second
// deploys is served by one that did neither.
const nodesBehind = 3

// attempts is how often clients try: once, so that nothing is hidden by a second try. A fleet
// answers 503 with Retry-After where its database is slow, as on a loaded machine, and clients
// take that as those of AWS do, which try three times.
func attempts() aws.Retryer {
	if !behindRobin {
		return aws.NopRetryer{}
	}
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Retryables = []retry.IsErrorRetryable{retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{503: {}}}}
	})
}

// outlasting is what asks for engines that all journeys share, and has no test to end.
type outlasting struct {
	testing.TB
	ends []func()
}

func (*outlasting) Helper()              {}
func (o *outlasting) Cleanup(end func()) { o.ends = append(o.ends, end) }
func (o *outlasting) Fatal(args ...any)  { o.end(); panic(fmt.Sprint(args...)) }
func (o *outlasting) Skipf(format string, args ...any) {
	o.Fatalf(format, args...)
}
func (o *outlasting) Fatalf(format string, args ...any) {
	o.Fatal(fmt.Sprintf(format, args...))
}

func (o *outlasting) end() {
	for i := range o.ends {
		o.ends[len(o.ends)-1-i]()
	}
	o.ends = nil
}

// engines are a database and a broker for all journeys: each gateway has a schema of its own,
// whose random id keeps its nodes from hearing those of others.
var engines struct {
	once     sync.Once
	owner    outlasting
	database *needs.Database
	broker   string
	schemas  atomic.Int32
}

func sharedEngines(t *testing.T) (store, broker string) {
	needs.PostgresFolder(t) // which ends this test where there is none; they are not of one test
	engines.once.Do(func() {
		engines.database, engines.broker = needs.Postgres(&engines.owner), natsServer(&engines.owner)
	})
	return engines.database.URL(fmt.Sprint("robin", engines.schemas.Add(1))), engines.broker
}

// robin is a gateway of several nodes, as journeys see gateways.
type robin struct {
	nodes                    []*dragomantest.Gateway
	data, management, secure *front
}

func (r *robin) DataAddr() string       { return r.data.address() }
func (r *robin) ManagementAddr() string { return r.management.address() }
func (r *robin) SecureAddr() string     { return r.secure.address() }

func (r *robin) Reopen() {
	for _, node := range r.nodes {
		node.Reopen()
	}
}

func (r *robin) stop() {
	for _, node := range r.nodes {
		node.Stop()
	}
}

// startRobin is start for three nodes.
func startRobin(t *testing.T, change ...func(*server.Config)) *gateway {
	t.Helper()
	leftOut(t)
	store, broker := sharedEngines(t)
	r := &robin{data: newFront(t), management: newFront(t), secure: newFront(t)}
	_, port, _ := net.SplitHostPort(r.data.Addr().String())
	for range nodesBehind {
		node := dragomantest.Start(t, func(c *server.Config) {
			for _, one := range change {
				one(c)
			}
			c.Fleet.Store, c.Fleet.Bus = credential.Secret(store), credential.Secret(broker)
			c.DataDir = "" // each node would have one of its own
			if c.ApiEndpoint == config.EndpointLocal {
				c.ApiEndpoint = "{protocol}://{apiId}.execute-api.localhost:" + port
			}
		})
		r.nodes = append(r.nodes, node)
		r.data.leads(node.DataAddr())
		r.management.leads(node.ManagementAddr())
		if at := node.SecureAddr(); at != "" {
			r.secure.leads(at)
		}
	}
	return &gateway{r, sdkFor("http://" + r.ManagementAddr()), t, r.stop}
}

// leftOut ends a journey that speaks of a single process.
func leftOut(t *testing.T) {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	if why, ok := ofOneProcess[name]; ok && behindRobin {
		t.Skipf("not behind a round robin: %s", why)
	}
}

// front gives each connection, and on one that is kept each request, to the next node. It looks
// at bytes and changes none: the journeys judge what nodes do with them.
type front struct {
	net.Listener
	mu    sync.Mutex // Protects fields below.
	nodes []string
	turn  int
}

func newFront(t *testing.T) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	f := &front{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go f.carry(client.(*net.TCPConn))
		}
	}()
	return f
}

// address is empty where there is nothing behind it, as that of a listener which is not open is.
func (f *front) address() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.nodes == nil {
		return ""
	}
	return f.Addr().String()
}

func (f *front) leads(to string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nodes = append(f.nodes, to)
}

func (f *front) next() (node int, address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn++
	node = f.turn % len(f.nodes)
	return node, f.nodes[node]
}

// carried is a connection of one client.
type carried struct {
	front    *front
	client   *net.TCPConn
	mu       sync.Mutex // Protects fields below.
	nodes    map[int]*net.TCPConn
	now      int  // the node that has the request
	answered bool // so that a head which comes next is another request
	upgraded bool // no more requests come
	ended    bool // the node has said all, and may take what the client sends still
	carriers sync.WaitGroup
}

func (f *front) carry(client *net.TCPConn) {
	c := &carried{front: f, client: client, nodes: map[int]*net.TCPConn{}, answered: true}
	defer func() { c.finish(); c.carriers.Wait(); _ = client.Close() }()
	part := make([]byte, 64<<10)
	for {
		n, err := client.Read(part)
		if n > 0 {
			to := c.destination(part[:n])
			if to == nil {
				return
			}
			if _, err := to.Write(part[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// destination is the node that bytes of the client are for; nil when there is none.
func (c *carried) destination(part []byte) *net.TCPConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if current := c.nodes[c.now]; current != nil && (c.upgraded || c.ended || !c.answered || !begins(part)) {
		return current
	}
	node, address := c.front.next()
	c.now, c.answered = node, false
	if c.nodes[node] == nil {
		to, err := net.Dial("tcp", address)
		if err != nil {
			return nil
		}
		from := to.(*net.TCPConn)
		c.nodes[node] = from
		c.carriers.Go(func() { c.back(node, from) })
	}
	return c.nodes[node]
}

// begins says whether bytes look like the head of a request.
func begins(part []byte) bool {
	line, _, _ := bytes.Cut(part, []byte("\r\n"))
	method, rest, ok := bytes.Cut(line, []byte(" "))
	return ok && len(method) > 0 && len(method) < 10 && method[0] >= 'A' && method[0] <= 'Z' && bytes.Contains(rest, []byte(" HTTP/1."))
}

// back carries what a node answers.
func (c *carried) back(node int, from *net.TCPConn) {
	part := make([]byte, 64<<10)
	for {
		n, err := from.Read(part)
		c.mu.Lock()
		current := c.now == node
		if n > 0 && current {
			switch {
			case bytes.HasPrefix(part, []byte("HTTP/1.1 101")):
				c.upgraded = true
			case !bytes.HasPrefix(part, []byte("HTTP/1.1 100")):
				c.answered = true
			}
		}
		ended := current && errors.Is(err, io.EOF)
		if ended {
			c.ended = true
		} else if err != nil {
			delete(c.nodes, node)
		}
		c.mu.Unlock()
		if n > 0 {
			_, _ = c.client.Write(part[:n])
		}
		switch { // what it did to its client it does to ours
		case err == nil:
			continue
		case ended:
			_ = c.client.CloseWrite()
			return
		case current:
			_ = c.client.SetLinger(0)
			_ = c.client.Close()
		}
		_ = from.Close()
		return
	}
}

// finish tells nodes that the client sends no more, and waits for what they answer still.
func (c *carried) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for node, to := range c.nodes {
		if node == c.now && !c.ended {
			_ = to.CloseWrite()
		} else {
			_ = to.Close()
		}
	}
}
