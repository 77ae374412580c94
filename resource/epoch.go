package resource

import (
	"strconv"
	"time"
)

// Epoch is a moment as API keys and usage plans carry it: seconds since 1970, a JSON number.
type Epoch struct{ time.Time }

// EpochAt is t in whole seconds.
func EpochAt(t time.Time) Epoch { return Epoch{t.UTC().Truncate(time.Second)} }

// MarshalJSON writes whole seconds.
func (e Epoch) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, e.Unix(), 10), nil }

// UnmarshalJSON reads seconds, with or without a fraction.
func (e *Epoch) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return err
	}
	*e = Epoch{time.Unix(int64(f), 0).UTC()}
	return nil
}
