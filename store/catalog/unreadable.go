package catalog

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dragoman-gateway/dragoman/store"
)

// Unreadable says that a document is there and is not what its key says, as after a
// downgrade or an edit by hand. It concerns that noun alone.
type Unreadable struct {
	Key store.Key
	Err error
}

// Error says what is wrong in words for whoever runs the gateway.
func (u *Unreadable) Error() string {
	return fmt.Sprintf("the stored document %s cannot be read: %s", u.Key, reason(u.Err))
}

// Unwrap gives the reader's own error.
func (u *Unreadable) Unwrap() error { return u.Err }

func reason(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	// The member is named and its text is not shown: it may be a secret, and this is logged.
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Sprintf("%s is a %s", kind.Field, kind.Value)
	case errors.As(err, &kind):
		return fmt.Sprintf("it is a %s", kind.Value)
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is not JSON from byte %d on", syntax.Offset)
	}
	return err.Error()
}
