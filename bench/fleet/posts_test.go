package fleet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

// message is what is posted.
const message = 100

// poster posts to clients through nodes.
type poster struct {
	t     *testing.T
	http  *http.Client
	ids   []string
	heard atomic.Int64 // frames
}

// connect opens clients at a node, which count what they get.
func (p *poster) connect(g *measured.Gateway, api string, n int) {
	p.t.Helper()
	ctx := p.t.Context()
	for range n {
		conn, _, err := websocket.Dial(ctx, "ws://"+g.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil)
		if err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(func() { _ = conn.CloseNow() })
		if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"who"}`)); err != nil {
			p.t.Fatal(err)
		}
		_, id, err := conn.Read(ctx)
		if err != nil {
			p.t.Fatal(err)
		}
		p.ids = append(p.ids, string(id))
		go func() {
			for {
				if _, _, err := conn.Read(context.WithoutCancel(ctx)); err != nil {
					return
				}
				p.heard.Add(1)
			}
		}()
	}
}

func (p *poster) post(g *measured.Gateway, api string, i int) error {
	url := "http://" + g.DataAddr() + "/_aws/execute-api/" + api + "/prod/@connections/" + strings.ReplaceAll(p.ids[i%len(p.ids)], "=", "%3D")
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, url, bytes.NewReader(bytes.Repeat([]byte("x"), message)))
	if err != nil {
		return err
	}
	response, err := p.http.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("got %d %s", response.StatusCode, text)
	}
	return err
}

// passed is how many bytes and messages the broker has read and written.
func passed(s *server.Server) (bytes, messages int64) {
	v, err := s.Varz(nil)
	if err != nil {
		return 0, 0
	}
	return v.InBytes + v.OutBytes, v.InMsgs + v.OutMsgs
}

// Posts to clients of one node, through it and through another, in turn.
func TestPosts(t *testing.T) {
	length, whole := length(t)
	all, s, _ := nodes(t, 3)
	api := site(t, all[0], 1)
	p := &poster{t: t, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	p.connect(all[0], api.id, 64)
	head("posts", "through", "callers", "a second", "p50 ms", "p99 ms", "CPU of all, µs", "bytes at the broker", "messages at the broker")
	rounds := 1
	if whole {
		rounds = 4
	}
	posted := int64(0)
	for _, callers := range []int{1, 16} {
		for _, through := range []struct {
			name string
			g    *measured.Gateway
		}{{"the owner", all[0]}, {"another node", all[1]}} {
			for range rounds {
				bytes, messages := passed(s)
				cpu := measured.CPU(os.Getpid())
				took, lasted := side(t, callers, length, func(caller, i int) error { return p.post(through.g, api.id, caller*7+i) })
				cpu = measured.CPU(os.Getpid()) - cpu
				moreBytes, moreMessages := passed(s)
				n := len(took)
				posted += int64(n)
				if n == 0 {
					t.Fatal("nothing was posted")
				}
				row(through.name, callers, perSecond(n, lasted), took.at(.5), took.at(.99), fmt.Sprintf("%.0f", float64(cpu.Microseconds())/float64(n)),
					fmt.Sprintf("%.0f", float64(moreBytes-bytes)/float64(n)), fmt.Sprintf("%.1f", float64(moreMessages-messages)/float64(n)))
			}
		}
	}
	for end := time.Now().Add(30 * time.Second); p.heard.Load() != posted; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d posts were acknowledged, and %d frames came", posted, p.heard.Load())
		}
	}
}
