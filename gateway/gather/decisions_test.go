package gather

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// Decisions of all nodes are shown newest first, of APIs that are shown alone, and who is
// silent is named.
func TestDecisionsOfOtherNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := local.New()
		defer b.Close()
		all := []connection.Node{1, 2, 3} // nobody has heard of 3
		var nodes [2]*Decisions
		for i := range nodes {
			g := New(Options{Node: all[i], Bus: b, Others: func(context.Context) ([]connection.Node, error) {
				return slices.DeleteFunc(slices.Clone(all), func(o connection.Node) bool { return o == all[i] }), nil
			}})
			var made []verdict.Decision
			for n := range 300 {
				made = append(made, verdict.Decision{API: []string{"a", "b"}[n%2], At: time.Unix(0, int64(1000-n)), Why: fmt.Sprint(n, " of ", i+1)})
			}
			var err error
			if nodes[i], err = NewDecisions(func(most int, shown func(string) bool) (found []verdict.Decision) {
				for _, one := range made {
					if len(found) < most && (shown(one.API) || i == 1 && one.Why == "1 of 2") { // which tells too much
						found = append(found, one)
					}
				}
				return found
			}, g); err != nil {
				t.Fatal(err)
			}
		}
		for _, row := range []struct {
			most int
			apis []string
			want string
		}{
			{4, nil, "[0 of 1 by 000001 0 of 2 by 000002 1 of 1 by 000001 1 of 2 by 000002]"},
			{3, []string{"a"}, "[0 of 1 by 000001 0 of 2 by 000002 2 of 1 by 000001]"},
			{0, nil, "[]"},
			{2, []string{}, "[]"},
		} {
			shown := func(api string) bool { return row.apis == nil || slices.Contains(row.apis, api) }
			found, silent, err := nodes[0].Made(t.Context(), row.most, row.apis, shown)
			told := []string{}
			for _, one := range found {
				told = append(told, one.Why+" by "+one.Node)
			}
			if got := fmt.Sprint(told); err != nil || got != row.want || !slices.Equal(silent, []string{"000003"}) {
				t.Errorf("%d of %q: got %s, silent %q, %v; want %s", row.most, row.apis, got, silent, err, row.want)
			}
		}
		if found := nodes[1].answer(decisionsAsked{All: true, Most: 1 << 30}); len(found) != mostDecisions {
			t.Errorf("%d decisions are told to another node, want %d at most", len(found), mostDecisions)
		}
		if found := nodes[1].answer(decisionsAsked{All: true, Most: -1}); len(found) != 0 {
			t.Errorf("%d decisions are told to who asks for -1", len(found))
		}
	})
}

// A process that is alone names no node.
func TestDecisionsOfOneProcess(t *testing.T) {
	alone, err := NewDecisions(func(int, func(string) bool) []verdict.Decision { return []verdict.Decision{{Why: "here"}} }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if found, silent, err := alone.Made(t.Context(), 9, nil, func(string) bool { return true }); err != nil || len(found) != 1 || found[0].Node != "" || silent != nil {
		t.Errorf("got %+v, silent %q, %v", found, silent, err)
	}
}
