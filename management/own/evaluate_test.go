package own

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Each language is asked by its name, and answers what is made of the question alone.
func TestEvaluations(t *testing.T) {
	h := newWorld(t, keyed)
	for _, row := range []struct{ language, question, want string }{
		{"template", `{"template":"$input.body<","body":"é"}`, `{"output":"é<","references":[{"text":"$input.body","line":1,"column":1,"value":"é"}],"tokens":[[0,6,"variable"],[7,11,"member"]]}`},
		{"template", `{"template":"#if("}`, `{"error":"parse","message":"line 1, column 5: unexpected end of the template","fault":{"line":1,"column":5,"message":"unexpected end of the template","sourceLine":"#if("},"references":[],"tokens":[[0,3,"directive"]]}`},
		{"jsonpath", `{"path":"$.a","body":"{\"a\":1}"}`, `{"output":"1","references":[{"text":"$.a","value":"1"}]}`},
		{"selection", `{"expression":"$request.body.a","body":"{\"a\":1}"}`, `{"output":"1","references":[{"text":"${request.body.a}","value":"1"}]}`},
		{"parameters", `{"mapping":{"integration.request.header.x":"'y'"}}`, `{"output":"integration.request.header.x = y\n","references":[{"text":"'y'","value":"y"}]}`},
		{"pattern", `{"pattern":"a","texts":"a"}`, `{"output":"a: match\n"}`},
		{"schema", `{"schema":"{}","body":"{}"}`, `{"output":"valid"}`},
		{"schema", `nothing`, `"error":"input"`},
		{"response", `{"answer":{"body":"b"},"edited":0,"responses":[{"responseTemplates":{"k":"$a"}}]}`, `{"selection":"b","keys":null,"references":null,"templates":[{"key":"k","tokens":[[0,2,"variable"]]}]}`},
	} {
		w := h.send("POST", EvaluatePath+"/"+row.language, "reader", row.question)
		if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != row.want && !(row.want[0] == '"' && strings.Contains(got, row.want)) {
			t.Errorf("%s %s\n got %d %s\nwant %s", row.language, row.question, w.Code, got, row.want)
		}
	}
	h.isRefusal(h.send("POST", EvaluatePath+"/response", "reader", `{"edited":1}`), 400, "BadRequestException", "edited: there is no such response")
	h.isRefusal(h.send("POST", EvaluatePath+"/schema", "reader", strings.Repeat(" ", maxQuestion+1)), 413, "PayloadTooLargeException", "Request size exceeded")
	if len(h.audited) != 0 {
		t.Errorf("an evaluation writes nothing, and is in the audit: %+v", h.audited)
	}
}

// Few are worked out at a time; who waits too long is refused, and what ends makes room.
func TestEvaluationsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end, began := make(chan struct{}), make(chan struct{}, 9)
		rows := Evaluations(Evaluating{Rehearse: func(context.Context, *evaluation.Rehearsal) *evaluation.Rehearsed {
			began <- struct{}{}
			<-end
			return &evaluation.Rehearsed{}
		}})
		h := &world{t: t, table: rows, door: wire.NewServer(wire.Config{Own: rows})}
		codes := make(chan int, 9)
		ask := func() { codes <- h.send("POST", EvaluatePath+"/response", "", "{}").Code }
		for range evaluationSide {
			go ask()
			<-began
		}
		ask() // time passes until it is refused
		if code := <-codes; code != 429 {
			t.Errorf("got %d, want 429", code)
		}
		close(end)
		ask()
		for range evaluationSide + 1 {
			if code := <-codes; code != 200 {
				t.Errorf("got %d, want 200", code)
			}
		}
	})
}
