package mishap

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// text reads a selector.
func text(of func(*Rule) *string) func(*Rule, string) error {
	return func(r *Rule, value string) error {
		if value == "" {
			return errors.New("want a name, or leave it out for all")
		}
		*of(r) = value
		return nil
	}
}

// share reads a part of the whole. A percent sign is refused rather than read: 10% and 0.1
// side by side are soon mistaken for each other.
func share(of func(*Rule) *float64) func(*Rule, string) error {
	return func(r *Rule, value string) error {
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || !(n > 0 && n <= 1) {
			return errors.New("want a share above 0 and up to 1, such as 0.1")
		}
		*of(r) = n
		return nil
	}
}

// readStatus reads a status of failures alone: an answer that looks like success would be
// one that nobody has made.
func readStatus(r *Rule, value string) (err error) {
	if r.Status, err = strconv.Atoi(value); err != nil || r.Status < 400 || r.Status > 599 {
		return errors.New("want a status from 400 to 599")
	}
	return nil
}

// readDelay reads a duration, or two of them with .. between.
func readDelay(r *Rule, value string) (err error) {
	least, most, ranged := strings.Cut(value, "..")
	if r.Least, err = duration(least); err != nil {
		return err
	}
	r.Most = r.Least
	if ranged {
		if r.Most, err = duration(most); err != nil {
			return err
		}
	}
	switch {
	case r.Most < r.Least:
		return errors.New("want the shorter duration first")
	case r.Most == 0:
		return errors.New("want a duration above 0")
	}
	return nil
}

func duration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > MostDelay {
		return 0, fmt.Errorf("want a duration up to %s, such as 200ms, or a range, such as 100ms..2s", MostDelay)
	}
	return d, nil
}

func readSeed(r *Rule, value string) (err error) {
	if r.Seed, err = strconv.ParseUint(value, 10, 64); err != nil {
		return errors.New("want a whole number from 0")
	}
	return nil
}
