package authorizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Member is one name of a JSON object with its value as it was written.
type Member struct {
	Name  string
	Value json.RawMessage
}

// ErrNoObject says that a text is not one JSON object.
var ErrNoObject = errors.New("not a JSON object")

// Members reads a JSON object in its order, which encoding/json's maps lose:
// claims and contexts are shown in the order in which they were made. A name
// that comes twice keeps its first place and its last value.
func Members(text []byte) ([]Member, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, ErrNoObject
	}
	var members []Member
	place := map[string]int{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name := t.(string) // the decoder lets nothing else stand here
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if at, again := place[name]; again {
			members[at].Value = value
			continue
		}
		place[name] = len(members)
		members = append(members, Member{name, value})
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, ErrNoObject
	}
	return members, nil
}
