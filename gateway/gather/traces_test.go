package gather

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/recorder"
	"github.com/dragoman-gateway/dragoman/record"
)

// told are the nodes and ids of records, as "node/id".
func told(t *testing.T, found []record.Told) []string {
	t.Helper()
	list := []string{}
	for _, one := range found {
		var r struct{ ID, Node string }
		if err := json.Unmarshal(one.Text, &r); err != nil {
			t.Fatalf("%v: %s", err, one.Text)
		}
		list = append(list, r.Node+"/"+r.ID)
	}
	return list
}

func TestTracesOfOtherNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := local.New()
		defer b.Close()
		all := []connection.Node{1, 2, 3, 4} // nobody has heard of 4
		var nodes [3]*Traces
		for i := range nodes {
			g := New(Options{Node: all[i], Bus: b, Others: func(context.Context) ([]connection.Node, error) {
				return slices.DeleteFunc(slices.Clone(all), func(o connection.Node) bool { return o == all[i] }), nil
			}})
			var err error
			if nodes[i], err = NewTraces(recorder.New(recorder.Options{Ring: record.NewRing(0, 0)}), g); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 9 {
			time.Sleep(time.Second)
			api, status := "a", 200
			if i%2 == 1 {
				api, status = "b", 404
			}
			nodes[i%3].Ring().Add(&record.Record{ID: fmt.Sprint("r", i), Time: time.Now(), Api: api, Status: status, Summary: fmt.Sprint("the ", i, "th")})
		}
		for _, row := range []struct {
			name string
			f    record.Filter
			want []string
		}{
			{"all", record.Filter{}, []string{"000003/r8", "000002/r7", "000003/r5", "000002/r4", "000003/r2", "000002/r1"}},
			{"of an API", record.Filter{Api: "a"}, []string{"000003/r8", "000002/r4", "000003/r2"}},
			{"by status", record.Filter{Status: record.Status{From: 400, To: 499}}, []string{"000002/r7", "000003/r5", "000002/r1"}},
			{"by text", record.Filter{Text: "THE 5TH"}, []string{"000003/r5"}},
			{"what a key sees", record.Filter{Sees: func(api string) bool { return api == "b" }}, []string{"000002/r7", "000003/r5", "000002/r1"}},
			{"the newest of each", record.Filter{Limit: 1}, []string{"000003/r8", "000002/r7"}},
		} {
			found, silent, err := nodes[0].Elsewhere(t.Context(), &row.f)
			if got := told(t, found); err != nil || !slices.Equal(got, row.want) || !slices.Equal(silent, []string{"000004"}) {
				t.Errorf("%s: got %v, silent %v, %v; want %v and 000004 silent", row.name, got, silent, err, row.want)
			}
		}
		for id, want := range map[string]string{"r7": "000002/r7", "r0": "", "none": ""} { // r0 is its own
			found, _, err := nodes[0].TraceElsewhere(t.Context(), id)
			if got := ""; err != nil || found != nil && told(t, []record.Told{*found})[0] != want || found == nil && want != got {
				t.Errorf("%s: got %v, %v; want %q", id, found, err, want)
			}
		}
		long := strings.Repeat("x", 100<<10)
		for i := range 10 {
			time.Sleep(time.Second)
			nodes[1].Ring().Add(&record.Record{ID: fmt.Sprint("long", i), Time: time.Now(), Summary: long})
		}
		found, _, err := nodes[0].Elsewhere(t.Context(), &record.Filter{Text: "xxx"})
		if got := told(t, found); err != nil || len(got) != 3 || got[0] != "000002/long9" {
			t.Errorf("more than the bus takes: got %v, %v; want the newest that fit", got, err)
		}
	})
}
