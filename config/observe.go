package config

import (
	"errors"
	"fmt"

	"github.com/dragoman-gateway/dragoman/gateway/recorder"
)

// The most that may be kept of records.
const (
	mostRecords = 1 << 20
	mostBytes   = 4 << 30
)

// Choice says which exchanges leave records.
func (o *Observe) Choice() (recorder.Choice, error) {
	sample := 1.0
	if o.TapSample != nil {
		sample = *o.TapSample
	}
	return recorder.Chosen(o.Tap, sample)
}

func (o *Observe) validate() error {
	var faults []error
	if _, err := o.Choice(); err != nil {
		faults = append(faults, fmt.Errorf("--tap and --tap-sample: %w", err))
	}
	if o.TapRecords < 0 || o.TapRecords > mostRecords {
		faults = append(faults, fmt.Errorf("--tap-records %d: want 1 to %d, or 0 for 1000", o.TapRecords, mostRecords))
	}
	if o.TapBytes < 0 || o.TapBytes > mostBytes {
		faults = append(faults, fmt.Errorf("--tap-bytes %d: want 1 to %d, or 0 for 16 MiB", o.TapBytes, mostBytes))
	}
	return errors.Join(faults...)
}
