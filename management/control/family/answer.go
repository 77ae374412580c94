package family

import (
	"hash/maphash"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/wire"
)

// answers keeps the texts of nouns that were answered lately: clients that wait for a state ask
// for the same one again and again, and encoding it is most of what that costs. The
// zero value is ready to use.
type answers struct {
	places [256]atomic.Pointer[answered]
}

// answered is a noun as it was answered, and what was sent of it.
type answered struct {
	operation *wire.Operation
	noun      any // *T, which nobody changes
	text      any // wire.Encoded
}

// longestKept bounds what is kept, together with the number of places: 1 MiB.
const longestKept = 4 << 10

var answersSeed = maphash.MakeSeed()

// place is where the answer to a request is kept, by its operation and what its path names.
func (a *answers) place(r *wire.Request) *atomic.Pointer[answered] {
	at := maphash.String(answersSeed, r.Region)
	for _, value := range r.Path { // in any order
		at += maphash.String(answersSeed, value)
	}
	return &a.places[at%uint64(len(a.places))]
}

// answer is a noun as it is answered, in its form. What was encoded before is sent again
// when every member is what it was then. All members are compared, those that are
// set for each answer as well, so that nobody has to say on what they depend. A form is
// of the noun alone.
func answer[T any](a *answers, r *wire.Request, members members[T], noun *T, form any) any {
	place := a.place(r)
	if kept := place.Load(); kept != nil && kept.operation == r.Operation {
		if before, ok := kept.noun.(*T); ok && members.same(before, noun) {
			return kept.text
		}
	}
	text, err := wire.Encode(form)
	if err != nil {
		return form // whoever sends it meets the same error, and tells of it
	}
	if len(text) <= longestKept {
		own := *noun
		place.Store(&answered{r.Operation, &own, any(text)})
	}
	return text
}

// members are where those of a noun stand in memory. There are none where one cannot be compared by
// its bytes: two such nouns are never the same.
type members[T any] []member

// member is a text, or bytes that are compared as they are: numbers, and where maps, lists and
// pointers point to. Two that point to the same place are the same, for what a
// stored noun refers to is never changed, and the one that is kept holds on to it.
type member struct {
	at, size uintptr
	text     bool
}

func membersOf[T any]() members[T] {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil
	}
	found, ok := appendMembers(nil, t, 0)
	if !ok {
		return nil
	}
	return found
}

// appendMembers adds those of a struct that stands somewhere in a noun.
func appendMembers(to []member, t reflect.Type, base uintptr) (found []member, ok bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch f.Type.Kind() {
		case reflect.Struct:
			if to, ok = appendMembers(to, f.Type, base+f.Offset); !ok {
				return nil, false
			}
		case reflect.Array, reflect.Interface, reflect.Func, reflect.Chan:
			return nil, false // gaps between elements, and values that may change where they are
		default:
			to = append(to, member{base + f.Offset, f.Type.Size(), f.Type.Kind() == reflect.String})
		}
	}
	return to, true
}

// same says whether two nouns have the same members.
func (m members[T]) same(a, b *T) bool {
	for _, f := range m {
		x, y := unsafe.Add(unsafe.Pointer(a), f.at), unsafe.Add(unsafe.Pointer(b), f.at)
		if f.text {
			if *(*string)(x) != *(*string)(y) {
				return false
			}
		} else if string(unsafe.Slice((*byte)(x), f.size)) != string(unsafe.Slice((*byte)(y), f.size)) {
			return false
		}
	}
	return len(m) > 0
}
