package trace

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Record is what a gateway keeps of an exchange.
type Record struct {
	ID         string    `json:"id"`
	Time       time.Time `json:"time"`
	Kind       string    `json:"kind"`
	Api        string    `json:"api"`
	ApiName    string    `json:"apiName"`
	Stage      string    `json:"stage"`
	Route      string    `json:"route"`
	Connection string    `json:"connection"`
	Status     int       `json:"status"`
	Duration   float64   `json:"duration"` // milliseconds
	Summary    string    `json:"summary"`
	Replay     string    `json:"replay"` // the id of the record that this is a replay of
	Steps      []Step    `json:"steps"`
}

// Step is one of its steps.
type Step struct {
	Name    string  `json:"name"`
	At      float64 `json:"at"`
	Took    float64 `json:"took"`
	Outcome string  `json:"outcome"`
	Why     string  `json:"why"`
	Data    Data    `json:"data"`
}

// Data are the members of a step's data that are shown.
type Data struct {
	Method, Path, Query, Address, Function word
	Body                                   *word
	Bytes                                  int
	Base64                                 bool
	Status                                 word
	ClosedBy, Code, Reason                 word

	Expression, Value, Route, Key word
	Keys                          []struct{ Key, Outcome word }

	Template, Text word
	Rendered       *word
	References     []struct {
		Text         word
		Line, Column int
		Value        word
		Unresolved   bool
	}
	Parameters []struct {
		From, To, Value word
		Unresolved      bool
	}

	FunctionError, Stack word
	Logs                 []word
	Checks               []struct {
		Name, Wants, Has, Why word
		OK                    bool
	}
	Line word
}

// UnmarshalJSON takes what it knows, and of that what is as it should be.
func (d *Data) UnmarshalJSON(b []byte) error {
	type plain Data
	if json.Unmarshal(b, (*plain)(d)) == nil {
		return nil
	}
	// One member is not as it should be: the others are shown.
	*d = Data{}
	var members map[string]json.RawMessage
	if json.Unmarshal(b, &members) != nil {
		return nil
	}
	for name, value := range members {
		whole, _ := json.Marshal(map[string]json.RawMessage{name: value}) // it was JSON
		before := *d
		if json.Unmarshal(whole, (*plain)(d)) != nil {
			*d = before
		}
	}
	return nil
}

// word is a value of any kind, as text.
type word string

// UnmarshalJSON implements json.Unmarshaler.
func (w *word) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*w = word(text)
		return nil
	}
	if !bytes.Equal(b, []byte("null")) {
		*w = word(b)
	}
	return nil
}

// find is the last step of a name, nil for none.
func (r *Record) find(name string) *Step {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if r.Steps[i].Name == name {
			return &r.Steps[i]
		}
	}
	return nil
}

// failed says that an exchange did not go as its client wanted.
func (r *Record) failed() bool {
	for i := range r.Steps {
		if r.Steps[i].Outcome == "failed" {
			return true
		}
	}
	return r.Kind != "disconnect" && r.Status >= 400
}

// remark is what of an exchange that did not fail somebody may wonder about, "" for nothing:
// who has closed a connection, a route that answers nothing, a reference that leads nowhere.
// Whoever looks for it would have to open each record.
func (r *Record) remark() string {
	if r.Kind == "disconnect" {
		return r.Summary
	}
	var all []string
	for i := range r.Steps {
		s := &r.Steps[i]
		switch s.Name {
		case "frame":
			if s.Outcome == "skipped" {
				all = append(all, s.Why)
			}
		case "parameters":
			for _, p := range s.Data.Parameters {
				if p.Unresolved {
					all = append(all, string(p.From)+" has no value for "+string(p.To))
					break
				}
			}
		case "request", "response":
			for _, ref := range s.Data.References {
				if ref.Unresolved {
					all = append(all, string(ref.Text)+" in the "+s.Name+" leads nowhere")
					break
				}
			}
		}
	}
	return strings.Join(all, "; ")
}

// Message is what an exchange began with, in a line.
func (r *Record) Message() string {
	receive := r.find("receive")
	if receive == nil {
		return r.Kind
	}
	d := &receive.Data
	switch r.Kind {
	case "message":
		if d.Body != nil {
			return string(*d.Body)
		}
		return "a message"
	case "connect":
		return "connect " + target(d)
	case "disconnect":
		text := "disconnect"
		for _, more := range []word{d.Code, d.Reason} {
			if more != "" {
				text += " " + string(more)
			}
		}
		return text
	}
	return string(d.Method) + " " + target(d)
}

func target(d *Data) string {
	if d.Query != "" && d.Query != "{}" {
		return string(d.Path + "?" + d.Query)
	}
	return string(d.Path)
}

// Answers says whether a frame is what a client got of the exchange, as far as that was
// kept.
func (r *Record) Answers(frame []byte) bool {
	if r.Kind == "callback" {
		return r.Asks(frame)
	}
	s := r.find("frame")
	return s != nil && s.Data.begins(frame)
}

// Asks says whether a message is what the exchange began with, as far as that was kept.
func (r *Record) Asks(message []byte) bool {
	s := r.find("receive")
	return s != nil && s.Data.begins(message)
}

func (d *Data) begins(whole []byte) bool {
	return d.Body != nil && d.Bytes == len(whole) && !d.Base64 && strings.HasPrefix(string(whole), string(*d.Body))
}
