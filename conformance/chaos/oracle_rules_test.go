package chaos

import (
	"strings"
	"testing"
	"time"
)

// at is a moment of a run of the tests.
func at(seconds float64) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// calm is a ledger of a run in which all went well: two clients, a post for each, a deployment,
// and a link that hung and explains what was refused.
func calm() *ledger {
	l := newLedger(1)
	first, second := &life{node: 0}, &life{node: 1}
	for id, of := range map[string]*life{"a": first, "b": second} {
		l.sockets[id] = &socket{id: id, life: of, opened: at(0)}
	}
	l.posts = []*post{
		{to: "a", sent: at(10), heard: at(10.1), status: 200, got: []receipt{{"a", at(10.2)}}},
		{to: "b", sent: at(10), heard: at(10.1), status: 200, got: []receipt{{"b", at(10.2)}}},
		{to: "b", sent: at(11), heard: at(11.1), status: 500},
		{to: "b", sent: at(12), heard: at(12.1), status: 500, got: []receipt{{"b", at(10.2)}}},
	}
	l.failed = []failure{{fault{kind: hang, node: 1, engine: "bus", lasts: time.Second}, at(10), at(11)}}
	l.whole = []span{{from: at(20)}}
	l.deployed = []told{{version: 2, sent: at(15), heard: at(16)}}
	l.asks = []told{{by: "a", sent: at(17), heard: at(17.5), version: 1}, {by: "a", sent: at(21), heard: at(22), version: 2}}
	return l
}

// The oracle sees each promise broken, and finds nothing where none is.
func TestTheOracleSees(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		harm func(*ledger)
		want string
	}{
		"nothing":                                              {func(*ledger) {}, ""},
		"a post that is lost":                                  {func(l *ledger) { l.posts[0].got = nil }, "never arrived"},
		"a post that arrives twice":                            {func(l *ledger) { l.posts[0].got = []receipt{{"a", at(10)}, {"a", at(10)}} }, "arrived 2 times"},
		"a post that failed and arrives twice":                 {func(l *ledger) { l.posts[3].got = []receipt{{"b", at(10)}, {"b", at(10)}} }, "arrived 2 times"},
		"a post at another client":                             {func(l *ledger) { l.posts[0].got = []receipt{{"b", at(10)}} }, "reached b"},
		"a post that nobody sent":                              {func(l *ledger) { l.received(9, "a") }, "which nobody sent"},
		"a post that is lost with a node that was killed":      {func(l *ledger) { l.posts[0].got, l.sockets["a"].life.killed = nil, at(12) }, ""},
		"a post that was lost long before its node was killed": {func(l *ledger) { l.posts[0].got, l.sockets["a"].life.killed = nil, at(12.2) }, "never arrived"},
		"a post that was sent after its node was killed":       {func(l *ledger) { l.posts[0].got, l.sockets["a"].life.killed = nil, at(9) }, "never arrived"},
		"a post that is lost when another node was killed":     {func(l *ledger) { l.posts[0].got, l.sockets["b"].life.killed = nil, at(10.2) }, "never arrived"},
		"a post to one that is deleted meanwhile": {func(l *ledger) {
			l.posts[0].got, l.deleting["a"], l.sockets["a"].closed, l.sockets["a"].code = nil, at(10.05), at(11), 1000
		}, ""},
		"a post that is lost before its client is deleted": {func(l *ledger) {
			l.posts[0].got, l.deleting["a"], l.sockets["a"].closed, l.sockets["a"].code = nil, at(10.2), at(11), 1000
		}, "never arrived"},
		"one that is deleted and stays": {func(l *ledger) { l.deleted["a"] = at(12) }, "was deleted"},
		"one that is gone and stays":    {func(l *ledger) { l.gone["a"] = at(12) }, "and is open"},
		"one that is gone and receives": {func(l *ledger) {
			l.gone["b"], l.sockets["b"].closed, l.sockets["b"].code = at(11.5), at(13), 1001
		}, "reached b, which had been called gone"},
		"one that is gone and is acknowledged": {func(l *ledger) {
			l.gone["a"], l.sockets["a"].closed, l.sockets["a"].code = at(9), at(13), 1001
		}, "was acknowledged, and it had been called gone"},
		"one that is gone, and receives what was sent long before": {func(l *ledger) {
			l.gone["a"], l.posts[0].got[0].at, l.sockets["a"].closed, l.sockets["a"].code = at(12), at(17.1), at(18), 1001
		}, "reached a at"},
		"one that is gone, and received before": {func(l *ledger) {
			l.gone["a"], l.sockets["a"].closed, l.sockets["a"].code = at(12), at(13), 1001
		}, ""},
		"one that is refused while all nodes are there":     {func(l *ledger) { l.failed = nil }, "was answered 500 at"},
		"one that is refused after a fault of another node": {func(l *ledger) { l.failed[0].node = 2 }, "was answered 500 at"},
		"one that is refused by a node that was cut off":    {func(l *ledger) { l.failed[0].node, l.posts[2].by, l.posts[3].by = 2, 2, 2 }, ""},
		"one that is refused with the broker":               {func(l *ledger) { l.failed[0].fault = fault{kind: broker} }, ""},
		"one that is refused when all was well for long": {func(l *ledger) {
			l.failed[0].from, l.failed[0].to = at(-5), at(-2)
		}, "was answered 500 at"},
		"one of a node that was killed, while the database is away": {func(l *ledger) {
			l.failed = []failure{{fault{kind: restart}, at(9), at(12)}}
			l.sockets["b"].life.killed, l.sockets["b"].closed, l.sockets["b"].code = at(10.3), at(10.3), -1
		}, ""},
		"one of a node that lives, while the database is away": {func(l *ledger) {
			l.failed = []failure{{fault{kind: restart}, at(9), at(12)}}
		}, "was answered 500 at"},
		"one of a node that was killed, and the database is there": {func(l *ledger) {
			l.failed = nil
			l.sockets["b"].life.killed, l.sockets["b"].closed, l.sockets["b"].code = at(10.3), at(10.3), -1
		}, "was answered 500 at"},
		"one that is gone for no reason": {func(l *ledger) {
			l.posts[0].status, l.posts[0].got, l.gone["a"], l.sockets["a"].closed, l.sockets["a"].code = 410, nil, at(10.1), at(10.5), 1001
		}, "nothing had happened to its client"},
		"one that is gone because the database was away for a moment": {func(l *ledger) {
			l.posts[0].status, l.posts[0].got, l.gone["a"], l.sockets["a"].closed, l.sockets["a"].code = 410, nil, at(10.1), at(10.5), 1001
			l.failed = append(l.failed, failure{fault{kind: restart}, at(9), at(10)}, failure{fault{kind: hang, engine: "store", lasts: time.Second}, at(9), at(10)})
		}, "nothing had happened to its client"},
		"one that is gone with its node": {func(l *ledger) {
			l.posts[0].status, l.posts[0].got, l.gone["a"], l.sockets["a"].closed, l.sockets["a"].code = 410, nil, at(10.1), at(10.5), 1001
			l.failed = append(l.failed, failure{fault{kind: stop, lasts: 20 * time.Second}, at(-15), at(5)})
		}, ""},
		"one that is gone after it has left": {func(l *ledger) {
			l.posts[0].status, l.posts[0].got, l.gone["a"], l.sockets["a"].closed, l.sockets["a"].code = 410, nil, at(10.1), at(9), 1001
		}, ""},
		"one that is closed without a code": {func(l *ledger) { l.sockets["a"].closed, l.sockets["a"].code = at(13), -1 }, "without a code"},
		"one that is closed with its node": {func(l *ledger) {
			l.sockets["a"].closed, l.sockets["a"].code, l.sockets["a"].life.killed = at(13), -1, at(13)
		}, ""},
		"one that is not answered":             {func(l *ledger) { l.sockets["a"].asked = at(14) }, "has no answer"},
		"an old frame":                         {func(l *ledger) { l.asks[1].version = 1 }, "version 2 was acknowledged"},
		"an old frame while all was not whole": {func(l *ledger) { l.asks[1].version, l.whole = 1, []span{{from: at(20), to: at(21.5)}} }, ""},
		"a write that is lost":                 {func(l *ledger) { l.attempts(0); l.acknowledges(0, 1); l.reads("node 2", 0, l.acknowledged(0), 0) }, "node 2 says 0 of key 0"},
		"a write that nobody made":             {func(l *ledger) { l.reads("node 2", 0, 0, 1) }, "node 2 says 1 of key 0"},
		"what is created and is not there": {func(l *ledger) {
			l.creates(0, "x")
			l.creates(0, "y")
			l.created("node 2", 0, map[string]bool{"x": true})
		}, "node 2 has no y"},
		"two of one name":      {func(l *ledger) { l.opens(&socket{id: "a"}) }, "two clients are connected as a"},
		"what is seen at once": {func(l *ledger) { l.breach("it burns") }, "it burns"},
	} {
		l := calm()
		row.harm(l)
		if name == "two of one name" {
			l.sockets["a"].life = &life{}
		}
		found := l.judge()
		if row.want == "" && len(found) > 0 || row.want != "" && !strings.Contains(strings.Join(found, "\n"), row.want) {
			t.Errorf("%s: got %q, want %q", name, found, row.want)
		}
	}
}
