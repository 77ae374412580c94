package resource

import (
	"fmt"
	"time"
)

// Time is a moment in UTC, in whole seconds, written as "2020-04-08T00:36:05Z".
type Time struct{ time.Time }

const layout = "2006-01-02T15:04:05Z"

// At is t in the precision that the management API keeps.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Second)} }

// MarshalJSON writes the ISO 8601 form, in quotes.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"`+layout+`"`), nil
}

// UnmarshalJSON reads the form that MarshalJSON writes, or any RFC 3339 time.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' {
		return fmt.Errorf("a time is a string, got %s", b)
	}
	parsed, err := time.Parse(time.RFC3339, string(b[1:len(b)-1]))
	if err != nil {
		return err
	}
	*t = At(parsed)
	return nil
}
