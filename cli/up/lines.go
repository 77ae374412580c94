package up

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// lines tells programs: one object of JSON a line.
type lines struct{ *writer }

func newLines(o *Options) lines {
	return lines{newWriter(o.Out, func(n int64) []byte {
		return encode(logEvent{Event: "log", Time: time.Now().UTC(), Level: "WARN", Message: fmt.Sprintf("%d lines were lost: they are read too slowly", n)})
	})}
}

func encode(event any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(event) // texts and numbers are always encodable
	return b.Bytes()
}

func (l lines) ready(s *scene) { l.must(encode(s.event("ready"))) }

func (l lines) checked(s *scene) { l.must(encode(s.event("checked"))) }

func (l lines) changed(s *scene, c *change) {
	e := s.event("changed")
	e.Made, e.Changed, e.Removed = c.Made, c.Changes.Changed, c.Removed
	l.must(encode(e))
}

func (l lines) faults(all []source.Fault) {
	for _, f := range all {
		l.must(encode(faultEvent{"fault", f}))
	}
}

func (l lines) request(r *requestEvent) { l.say(encode(r)) }

func (l lines) function(name string, line local.Line) {
	l.say(encode(logEvent{Event: "log", Time: time.Now().UTC(), Function: name, Message: line.Text}))
}

func (l lines) inspect(i local.Inspection) {
	l.must(encode(logEvent{Event: "log", Time: time.Now().UTC(), Level: "INFO", Function: i.Function, Message: i.Line}))
}

func (l lines) log(r slog.Record) {
	e := logEvent{Event: "log", Time: r.Time.UTC(), Level: r.Level.String(), Message: r.Message, With: map[string]any{}}
	r.Attrs(func(a slog.Attr) bool {
		e.With[a.Key] = a.Value.String()
		return true
	})
	l.say(encode(e))
}
