package wsapi

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/recorder"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
	"github.com/dragoman-gateway/dragoman/resource"
)

// tapped is a plane whose exchanges are recorded by a choice.
func tapped(choice recorder.Choice) *Plane {
	reports := tasks.NewReporter(slog.New(slog.NewTextHandler(io.Discard, nil)))
	secrets := mask.New()
	hub := tap.New(reports)
	hub.Record(recorder.New(recorder.Options{Choice: choice, Conceal: recorder.Conceal(secrets), Ring: record.NewRing(0, 0), Reports: reports}))
	p := plane()
	p.config.Taps, p.config.Mask = hub, secrets
	return p
}

func mockStage() resource.Integration {
	return resource.Integration{IntegrationType: resource.TypeMock, RequestTemplates: map[string]string{"$default": `{"statusCode":200}`}}
}

const tappedReply = `{"connectionId":"$context.connectionId","route":"$context.routeKey","requestId":"$context.requestId"}`

// answer has a message answered, and told of from its beginning to its end.
func (p *Plane) answerOf(b testing.TB, m *call) {
	m.route = chooseRoute(m.stage.WebSocket, m)
	m.open()
	var a *answer
	f := m.guard(func() (f *refusal.Refusal) {
		m.begin()
		a, f = m.run(context.Background())
		return f
	})
	if f != nil || len(a.body) == 0 {
		b.Fatalf("got %v %v", a, f)
	}
	m.noteFrame(a.body, m.since(), nil)
	m.end()
	m.recycle()
}

// A tap that is off allocates nothing: a message costs as much as where there is none.
func TestATapThatIsOffAllocatesNothing(t *testing.T) {
	stage := stageWith(mockStage(), tappedReply)
	measure := func(p *Plane) float64 {
		return testing.AllocsPerRun(500, func() { p.answerOf(t, newMessage(p, stage)) })
	}
	without, off := measure(plane()), measure(tapped(recorder.Choice{Sample: 1}))
	none, full := measure(tapped(recorder.Choice{All: true})), measure(tapped(recorder.Choice{All: true, Sample: 1}))
	if off > without || none > without {
		t.Errorf("a message makes %v allocations without a tap, %v with one that is off, %v at a sample of 0", without, off, none)
	}
	if full <= without {
		t.Errorf("a recorded message makes %v allocations: nothing is measured here", full)
	}
}

func BenchmarkTap(b *testing.B) {
	for name, choice := range map[string]recorder.Choice{"off": {Sample: 1}, "sample of 1 %": {All: true, Sample: 0.01}, "full": {All: true, Sample: 1}} {
		b.Run(name, func(b *testing.B) {
			p, stage := tapped(choice), stageWith(mockStage(), tappedReply)
			b.ReportAllocs()
			for b.Loop() {
				p.answerOf(b, newMessage(p, stage))
			}
		})
	}
}
