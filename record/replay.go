package record

import (
	"fmt"
	"slices"
)

// Received are the texts of what an exchange began with, for whoever must know whether
// one of them has become another.
func (r *Record) Received() []string {
	if s := r.Find(Receive); s != nil {
		return s.Data.texts(nil)
	}
	return nil
}

func (d Data) texts(all []string) []string {
	for i := range d {
		all = Data(d[i].inner).texts(append(all, d[i].text))
	}
	return all
}

// Concealed says that what a record shows of what it received is not what came, but for
// the texts that it had before: then the same cannot be sent again.
func (r *Record) Concealed(before []string) {
	if r.Origin != nil && !slices.Equal(before, r.Received()) {
		r.Origin, r.Unfit = nil, "what was received has secrets, which the record hides: the same message cannot be sent again"
	}
}

// Message is the body that an exchange received; an error says why it is not at hand.
func (r *Record) Message() ([]byte, error) {
	s := r.Find(Receive)
	if s == nil {
		return nil, fmt.Errorf("the record does not say what was received")
	}
	v := s.Data.Get("body")
	switch {
	case v == nil:
		return nil, nil
	case v.n > int64(len(v.text)):
		return nil, fmt.Errorf("the message has %d bytes, of which the record keeps %d: the same message cannot be sent again", v.n, len(v.text))
	}
	return []byte(v.text), nil
}
