package up

import (
	"context"
	"os"
	"time"
)

// How long a tool that makes a folder anew may leave it away or broken off, and how long
// nothing more may come of one that is whole before its faults are believed. Packagers remove
// their folder before they bundle.
const (
	making = 15 * time.Second
	quiet  = 400 * time.Millisecond
)

// whole waits, where something is served, until what a tool makes is there again: faults of what is half
// written would pass by themselves. What is still wrong after that is told.
func (s *session) whole(ctx context.Context, at *scene) *scene {
	folder := s.served.Load().Made
	if folder == "" {
		return at
	}
	bounded, cancel := context.WithTimeout(ctx, making)
	defer cancel()
	for bounded.Err() == nil {
		patience := making
		if _, err := os.Stat(folder); err == nil && !at.Partial {
			if len(at.Faults) == 0 {
				break
			}
			// The files of one synthesis are written one after the other, each of them whole.
			patience = quiet
		}
		moment, done := context.WithTimeout(bounded, patience)
		changed := s.wait(moment)
		done()
		if !changed {
			break
		}
		at = s.reading.read(s.elsewhere.values)
	}
	return at
}
