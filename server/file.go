package server

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/file"
)

// maxDocument bounds the configuration file, in bytes.
const maxDocument = 64 << 20

// configurationFile is a YAML document that is served read-only, and watched.
type configurationFile struct {
	path        string
	maxTemplate int // characters of a mapping template
	store       *file.Store
	text        []byte        // as it is served
	again       chan struct{} // asks for another look
}

// openStore opens the state: a file that is served as it stands, a directory, or
// memory.
func (s *Server) openStore() (store.Store, error) {
	if s.config.File == "" {
		return s.openDirectory()
	}
	text, err := readDocument(s.config.File)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	documents, err := document.Parse(text, s.config.MaxTemplate)
	if err != nil {
		return nil, fmt.Errorf("--config %s: %w", s.config.File, err)
	}
	kept, err := file.New(documents)
	if err != nil {
		return nil, fmt.Errorf("--config %s: %w", s.config.File, err)
	}
	s.file = &configurationFile{s.config.File, s.config.MaxTemplate, kept, text, make(chan struct{}, 1)}
	return kept, nil
}

func readDocument(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxDocument {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxDocument)
	}
	return os.ReadFile(path)
}

// watchFile serves the file anew when it has changed, or when it is asked to
// look. A broken file changes nothing: the last good version is served on.
func (s *Server) watchFile(ctx context.Context) {
	if s.file == nil {
		return
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.file.again:
		}
		changed, err := s.file.reload()
		switch {
		case err != nil && err.Error() != last:
			last = err.Error()
			s.logger.Error("the configuration file was not taken; the one before goes on", "file", s.file.path, "error", err)
		case changed:
			last = ""
			s.deployed.Hint()
			s.logger.Info("the configuration file is served anew", "file", s.file.path)
		}
	}
}

// reload takes the file over whole, if it differs from what is served.
func (f *configurationFile) reload() (changed bool, err error) {
	text, err := readDocument(f.path)
	if err != nil || bytes.Equal(text, f.text) {
		return false, err
	}
	documents, err := document.Parse(text, f.maxTemplate)
	if err != nil {
		return false, err
	}
	if _, err := f.store.Replace(documents); err != nil {
		return false, err
	}
	f.text = text
	return true, nil
}

// look asks for another look at the file now.
func (f *configurationFile) look() {
	select {
	case f.again <- struct{}{}:
	default: // it is about to look already
	}
}
