package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Pattern is what a frame has to be like.
type Pattern struct {
	text   string // as it was written, for telling
	isJSON bool
	value  any    // of JSON, with holes in its strings
	whole  string // the text, with holes
	search bool   // it may stand anywhere in the text
	holes  []hole
}

// hole is a changing part: {{*}}, {{/regex/}}, {{number}}, {{NAME}}, {{NAME=PATTERN}}.
type hole struct {
	text    string         // as it was written
	capture string         // the name that what stands there gets; "" for none
	use     string         // the name whose value has to stand there
	kind    string         // of a value of JSON: string, number, …; "" for any text
	re      *regexp.Regexp // "" for any
	rest    bool           // {{...}}: what else a list has
}

// holeRune is the first of the characters that stand for holes while the text around them
// is read: those of a plane that is for private use (Unicode, section 23.5).
const holeRune = '\U000F0000'

const maxHoles = 10_000

var kinds = []string{"string", "number", "boolean", "object", "array", "absent"}

var capture = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=`)

// regular is a pattern that is one regular expression.
func regular(text string) (*Pattern, error) {
	re, err := expression(text)
	if err != nil {
		return nil, err
	}
	return &Pattern{text: text, whole: string(holeRune), search: true, holes: []hole{{text: text, re: re}}}, nil
}

func expression(text string) (*regexp.Regexp, error) {
	re, err := regexp.Compile("(?s)" + text)
	if err != nil {
		return nil, fmt.Errorf("/%s/ is no regular expression: %s", text, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// compile reads the text of an expectation. What begins as an object or a list of JSON has
// to be one.
func compile(text string, known []string) (*Pattern, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r >= holeRune && r < holeRune+maxHoles }) {
		return nil, errors.New("it has characters for private use; <= compares a text as it is")
	}
	p := &Pattern{text: text}
	var err error
	p.isJSON = beginsJSON(text)
	if p.whole, err = p.dig(text, known); err != nil || !p.isJSON {
		return p, err
	}
	if p.value, err = decode([]byte(p.whole)); err != nil {
		return nil, fmt.Errorf("it begins as JSON and is none (%s); <= compares a text as it is", strings.TrimPrefix(err.Error(), "json: "))
	}
	return p, nil
}

// beginsJSON says that a text begins as an object or a list, and not with a hole.
func beginsJSON(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "{{") || strings.HasPrefix(text, "[")
}

// dig puts a character in the place of each hole. Those that stand outside of strings of
// JSON become strings.
func (p *Pattern) dig(text string, known []string) (string, error) {
	var b strings.Builder
	inside := false
	for len(text) > 0 {
		if strings.HasPrefix(text, "{{") {
			h, rest, err := readHole(text[2:], append(slices.Clone(known), p.captures()...))
			if err != nil {
				return "", err
			}
			if len(p.holes) == maxHoles {
				return "", fmt.Errorf("it has more than %d patterns", maxHoles)
			}
			h.text = text[:len(text)-len(rest)]
			mark := string(holeRune + rune(len(p.holes)))
			p.holes = append(p.holes, h)
			if p.isJSON && !inside {
				mark = `"` + mark + `"`
			}
			b.WriteString(mark)
			text = rest
			continue
		}
		n := 1
		switch {
		case inside && text[0] == '\\' && len(text) > 1:
			n = 2
		case text[0] == '"':
			inside = !inside
		}
		b.WriteString(text[:n])
		text = text[n:]
	}
	return b.String(), nil
}

// readHole reads a hole behind its braces, to the end of it.
func readHole(text string, known []string) (h hole, rest string, err error) {
	if m := capture.FindStringSubmatch(text); m != nil {
		h.capture, text = m[1], text[len(m[0]):]
	}
	if after, ok := strings.CutPrefix(text, "/"); ok {
		inside, rest, ok := strings.Cut(after, "/}}")
		if !ok {
			return h, "", errors.New("a pattern {{/ has no end /}}")
		}
		h.re, err = expression(inside)
		return h, rest, err
	}
	word, rest, ok := strings.Cut(text, "}}")
	if !ok {
		return h, "", errors.New("a pattern {{ has no end }}")
	}
	switch {
	case word == "*":
	case word == "..." && h.capture == "":
		h.rest = true
	case slices.Contains(kinds, word):
		h.kind = word
	case h.capture == "" && slices.Contains(known, word):
		h.use = word
	default:
		return h, "", fmt.Errorf("{{%s}} is no pattern: want {{*}}, {{/regex/}}, {{%s}}, {{NAME=PATTERN}} or a NAME from above; <= compares a text as it is", word, strings.Join(kinds, "}}, {{"))
	}
	return h, rest, nil
}

// captures are the names that the pattern gives.
func (p *Pattern) captures() (names []string) {
	for _, h := range p.holes {
		if h.capture != "" {
			names = append(names, h.capture)
		}
	}
	return names
}

// decode reads JSON whose numbers stay as they were written.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("something follows its end")
	}
	if _, err := d.Token(); err == nil {
		return nil, errors.New("something follows its end")
	}
	return v, nil
}
