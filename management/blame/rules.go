package blame

import (
	"encoding/json"
	"slices"

	"github.com/dragoman-gateway/dragoman/fault"
)

// maxRules is how many faults are told of one noun.
const maxRules = 8

// Rules tells an error of the rules on a noun with the way to the member that it is about,
// and the errors that check has besides: rules end at their first, and of several mistakes
// in one noun each is to be told. They are found by checking the noun without what is wrong.
func Rules[T any](noun *T, err error, check func(*T) error, tell func(err error, member []string)) {
	text, encoding := json.Marshal(noun)
	var members map[string]json.RawMessage
	if encoding != nil || json.Unmarshal(text, &members) != nil {
		tell(err, nil)
		return
	}
	var wrong []string
	for range maxRules {
		message := fault.Message(err)
		at := About(members, message)
		// What is told next may be that something is missing which was taken out.
		if len(wrong) > 0 && len(at) == 0 || slices.ContainsFunc(wrong, func(name string) bool { return Mentions(message, name) && at[len(at)-1] != name }) {
			return
		}
		tell(err, at)
		if len(at) == 0 || Decisive(at[0]) {
			return
		}
		remove(members, at)
		wrong = append(wrong, at[len(at)-1])
		rest, encoding := json.Marshal(members)
		copied := new(T)
		if encoding != nil || json.Unmarshal(rest, copied) != nil {
			return
		}
		if err = check(copied); err == nil {
			return
		}
	}
}
