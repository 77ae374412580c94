package wsapi

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/gateway/recorder"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// What a record was written with is used again for the message of another client. Nothing of one
// is in the record of another, while somebody follows and settles them; under -race, where what
// is given back is poisoned, nobody looks at it.
func TestRecordsShareNothing(t *testing.T) {
	const clients, each = 6, 60
	reports := tasks.NewReporter(slog.New(slog.NewTextHandler(io.Discard, nil)))
	secrets, ring := mask.New(), record.NewRing(1000, 0)
	mock := kinds["MOCK"]
	mock.RequestTemplates = map[string]string{"$default": `{"statusCode":200,"mark":$input.json('$.mark')}`}
	r := newRig(t, socketApi(mock, always(`$input.path('$.mark') $nope $context.requestId`)), func(c *Config) {
		c.Taps, c.Mask = tap.New(reports), secrets
		c.Taps.Record(recorder.New(recorder.Options{Choice: recorder.Choice{All: true, Sample: 1}, Conceal: recorder.Conceal(secrets), Ring: ring, Reports: reports}))
	})
	r.backend = func(q *integration.Request) (*integration.Reply, error) {
		return &integration.Reply{Status: 200, Body: bytes.Clone(q.Body)}, nil
	}
	follower, end := ring.Follow(&record.Filter{Text: "m0"})
	defer end()
	var group, beside sync.WaitGroup
	stop := make(chan struct{})
	beside.Go(func() {
		for {
			select {
			case s := <-follower.Records:
				follower.Takes(s.Open())
			case <-stop:
				return
			}
			ring.Settle(time.Now())
		}
	})
	for n := range clients {
		conn := r.dial()
		group.Go(func() {
			for i := range each {
				mark, action := fmt.Sprintf("c%d-m%d-", n, i), "ask"
				if i%5 == 4 {
					action = "nothing" // a failure, whose record is not written with anything that is used again
				}
				if err := conn.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"action":%q,"mark":%q,"pad":%q}`, action, mark, strings.Repeat(mark, i))); err != nil {
					t.Error(err)
					return
				}
				if _, frame, err := conn.Read(t.Context()); err != nil || action == "ask" && !bytes.HasPrefix(frame, []byte(mark)) {
					t.Errorf("%s: got %s %v", mark, frame, err)
					return
				}
			}
		})
	}
	group.Wait()
	messages := func() (found []*record.Record) {
		for _, one := range ring.Find(&record.Filter{Limit: record.MaxLimit}) {
			if one.Kind == record.Message {
				found = append(found, one)
			}
		}
		return found
	}
	for by := time.Now().Add(10 * time.Second); len(messages()) < clients*each && time.Now().Before(by); { // the last is kept behind its reply
		time.Sleep(time.Millisecond)
	}
	close(stop)
	beside.Wait()
	marks, whose, ids := regexp.MustCompile(`c\d-m\d+-`), map[string]string{}, map[string]bool{}
	for _, one := range messages() {
		text := string(one.Append(nil))
		found := marks.FindAllString(text, -1)
		if len(found) < 2 || ids[one.ID] || strings.Contains(text, "POISONED") || one.Api == "" || one.Stage == "" {
			t.Fatalf("got %s", text)
		}
		for _, mark := range found {
			if mark != found[0] {
				t.Fatalf("%s stands in the record of %s: %s", mark, found[0], text)
			}
		}
		if client := found[0][:2]; whose[one.Connection] == "" {
			whose[one.Connection] = client
		} else if whose[one.Connection] != client {
			t.Errorf("the connection of %s is told to be that of %s", client, whose[one.Connection])
		}
		if one.Status == 200 && !strings.Contains(text, `{"text":"$nope","line":1,"column":23,"unresolved":true}`) {
			t.Errorf("its references are not its own: %s", text)
		}
		ids[one.ID] = true
	}
	if len(ids) != clients*each || len(whose) != clients {
		t.Errorf("%d records of %d clients, want %d of %d", len(ids), len(whose), clients*each, clients)
	}
}
