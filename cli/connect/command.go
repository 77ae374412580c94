package connect

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
)

const help = `/ping                   ask whether the server is there, and how long it takes
/close [CODE [REASON]]  close the connection, by 1000 unless you say otherwise, and leave
/why                    what made the last answer: its trace, where the gateway keeps one
/pretty                 show JSON over several lines, or no longer; so does Ctrl-O
/send FILE              send a file as one message
/binary BASE64          send a binary message
/reconnect              connect anew
/quit                   leave; so do Ctrl-C and Ctrl-D
//…                     send a message that begins with /`

// do sends a message, or does what a command says.
func (s *session) do(ctx context.Context, line typed) error {
	if line.text == "" && !line.message {
		if s.link == nil {
			return s.connect(ctx)
		}
		return nil
	}
	if line.message || !strings.HasPrefix(line.text, "/") {
		return s.send(ctx, text(line.text))
	}
	if rest, ok := strings.CutPrefix(line.text, "//"); ok {
		return s.send(ctx, text("/"+rest))
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(line.text[1:]), " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "ping":
		return s.ping(ctx)
	case "close":
		return s.close(rest)
	case "why":
		return s.why(ctx)
	case "pretty":
		return s.togglePretty()
	case "send":
		return s.sendFile(ctx, rest)
	case "binary":
		body, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return errors.New("/binary BASE64: that is no base64")
		}
		return s.send(ctx, script.Frame{Body: body, Binary: true})
	case "reconnect":
		_ = s.leave() // whatever there is to say of the old one
		return s.connect(ctx)
	case "quit":
		return errOver
	case "help", "?":
		return s.note(help)
	}
	return fmt.Errorf("/%s is no command: /help lists them, and //%s sends a message that begins with /", word, word)
}

func (s *session) ping(ctx context.Context) error {
	l := s.link
	if l == nil {
		return errors.New("not connected")
	}
	return s.ask("a ping", func() event {
		e, err := l.ping(ctx)
		if err != nil {
			return made(failed, "no pong came within "+s.Timeout.String())
		}
		return e
	})
}

// close closes by a code; what came of it is told as the connection ends.
func (s *session) close(rest string) error {
	if s.link == nil {
		return errOver
	}
	word, reason, _ := strings.Cut(rest, " ")
	code := 1000
	if word != "" {
		var err error
		if code, err = strconv.Atoi(word); err != nil {
			return fmt.Errorf("/close CODE: %q is no number", word)
		}
	}
	return s.link.close(code, strings.TrimSpace(reason))
}

func (s *session) why(ctx context.Context) error {
	if s.Why == nil {
		return errors.New("nobody can be asked why")
	}
	if s.link == nil && s.received == nil {
		return errors.New("not connected")
	}
	a := Answer{Frame: s.received, Sent: s.sent}
	if s.link != nil {
		a.Key, a.Trace = s.link.hand.key, s.link.trace
	}
	return s.ask("why an answer came", func() event {
		ctx, cancel := context.WithTimeout(ctx, s.Timeout)
		defer cancel()
		told, err := s.Why(ctx, a)
		if err != nil {
			return made(failed, "why: "+err.Error())
		}
		return made(noted, strings.TrimRight(told, "\n"))
	})
}

// togglePretty changes how JSON is shown, and shows the last frame so.
func (s *session) togglePretty() error {
	if s.looks == nil {
		return errors.New("/pretty is for a terminal")
	}
	s.looks.pretty = !s.looks.pretty
	if s.received == nil {
		state := "JSON stays as it came"
		if s.looks.pretty {
			state = "JSON is shown over several lines"
		}
		return s.note(s.looks.Dim(state))
	}
	return s.looks.tell(event{kind: received, at: time.Now(), took: -1, frame: *s.received})
}

func (s *session) sendFile(ctx context.Context, name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.Size() > maxLine {
		return fmt.Errorf("%s has more than %d bytes", name, maxLine)
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return s.send(ctx, script.Frame{Body: body})
}
