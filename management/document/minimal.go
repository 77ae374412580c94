package document

import (
	"bytes"
	"encoding/json"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// minimal is a noun without the members that fill sets again.
func minimal[T any](noun *T, fill func(*T)) (least tree.Node, err error) {
	want, err := json.Marshal(noun)
	if err != nil {
		return least, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(want, &members); err != nil {
		return least, err
	}
	full, err := tree.Parse(want)
	if err != nil {
		return least, err
	}
	least = tree.Object()
	for name, node := range full.Members() {
		value := members[name]
		// One by one: a default may depend on another member, which then must be there to be asked.
		delete(members, name)
		// Whether a member is a default is asked of the rules themselves: a table of
		// defaults beside them would one day differ.
		if !same(members, want, fill) {
			members[name] = value
			least.Set(name, node)
		}
	}
	return least, nil
}

// same says whether filling a noun of these members gives the wanted one.
func same[T any](members map[string]json.RawMessage, want []byte, fill func(*T)) bool {
	text, err := json.Marshal(members)
	if err != nil {
		return false
	}
	noun := new(T)
	// A member that cannot be left out alone stays.
	if json.Unmarshal(text, noun) != nil {
		return false
	}
	fill(noun)
	got, err := json.Marshal(noun)
	return err == nil && bytes.Equal(got, want)
}
