package connect

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

// voice is told of everything that happens in a session.
type voice interface{ tell(event) error }

// jsonVoice tells everything as lines of JSON.
type jsonVoice struct{ out io.Writer }

func (v jsonVoice) tell(e event) error {
	_, err := v.out.Write(e.line())
	return err
}

// pipeVoice prints answers alone where programs read them, and the rest elsewhere.
type pipeVoice struct{ out, err io.Writer }

func (v pipeVoice) tell(e event) error {
	switch e.kind {
	case received:
		body := e.frame.Body
		if e.frame.Binary {
			body = []byte(base64.StdEncoding.EncodeToString(body))
		} else if terminal.Is(v.out) {
			body = []byte(terminal.Safe(string(body)))
		}
		_, err := v.out.Write(append(body[:len(body):len(body)], '\n'))
		return err
	case closed:
		if e.ours {
			return nil
		}
	case lost, failed, noted, pong:
	default:
		return nil
	}
	_, err := io.WriteString(v.err, terminal.Safe(worded(e))+"\n")
	return err
}

// screen shows a session to somebody who looks.
type screen struct {
	terminal.Colour
	out    io.Writer
	pretty bool
	typed  bool   // what is sent stands there already, as it was typed
	reset  string // ends the colour of what is typed
}

func (v *screen) tell(e event) error {
	text := ""
	switch e.kind {
	case received:
		text = v.Green("< "+v.shown(e.frame)) + v.took(e)
	case sent:
		if v.typed {
			return nil
		}
		text = v.Link("> " + v.shown(e.frame))
	case failed:
		text = v.Red(terminal.Safe(worded(e)))
	case lost:
		text = v.Amber(terminal.Safe(worded(e)))
	case closed:
		text = v.Amber(terminal.Safe(worded(e)))
		if e.ours || e.code == 1000 {
			text = v.Dim(terminal.Safe(worded(e)))
		}
	case pong:
		text = v.Dim("pong") + v.took(e)
	case noted:
		text = e.text // made here, or made safe where it was
	case refused, played: // is told as the session ends
		return nil
	default:
		text = v.Dim(terminal.Safe(worded(e)))
	}
	_, err := io.WriteString(v.out, v.reset+text+"\n")
	return err
}

func (v *screen) took(e event) string {
	if e.took < 0 {
		return ""
	}
	return "  " + v.Dim(spoken(e.took))
}

// shown is a frame as it stands behind its sign.
func (v *screen) shown(f script.Frame) string {
	if f.Binary {
		return fmt.Sprintf("%d bytes  %s", len(f.Body), base64.StdEncoding.EncodeToString(f.Body))
	}
	body := f.Body
	if v.pretty {
		var b bytes.Buffer
		if json.Indent(&b, body, "  ", "  ") == nil {
			body = b.Bytes()
		}
	}
	return terminal.Safe(string(body))
}

// worded is an event as a sentence.
func worded(e event) string {
	switch e.kind {
	case connected:
		text := "connected to " + e.address + " in " + spoken(e.took)
		if e.text != "" {
			text += ", subprotocol " + e.text
		}
		return text
	case pong:
		return "pong  " + spoken(e.took)
	case closed:
		who := "the server closed: "
		if e.ours {
			who = "closed: "
		}
		return who + strings.TrimSpace(fmt.Sprintf("%d %s", e.code, e.text))
	case lost:
		return fmt.Sprintf("the connection is lost: %s (%d)", e.text, e.code)
	}
	return e.text
}

// spoken is a time as somebody reads it.
func spoken(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// recorder writes down what passes.
type recorder struct {
	w     *script.Writer
	began bool
}

func (r *recorder) tell(e event) error {
	switch e.kind {
	case connected:
		if r.began {
			return r.w.Command("reconnect")
		}
		r.began = true
	case refused:
		return r.w.Refused(e.status, e.text)
	case sent:
		return r.w.Sent(e.frame)
	case received:
		return r.w.Received(e.frame)
	case pong:
		return r.w.Command("ping")
	case closed:
		if e.ours {
			return r.w.Command(strings.TrimSpace(fmt.Sprintf("close %d %s", e.code, oneLine(e.text))))
		}
		return r.w.State(strings.TrimSpace(fmt.Sprintf("closed %d %s", e.code, oneLine(e.text))))
	case lost:
		return r.w.State(fmt.Sprintf("closed %d", e.code))
	}
	return nil
}

// oneLine is a reason without what would end its line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, text)
}
