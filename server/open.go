package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// listenOn opens a listener; an error names the flag and says what to change.
func listenOn(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("--%s %s: another program listens there; give another port, or 0 for any that is free", flag, address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("--%s %s: this user may not listen there; give a port from 1024 on", flag, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("--%s %s: this machine does not have that address; 0.0.0.0 stands for all that it has", flag, address)
	}
	return nil, fmt.Errorf("--%s %s: %w", flag, address, err)
}

// openDirectory opens the state in the data directory; an error names the directory.
func (s *Server) openDirectory() (store.Store, error) {
	dir := s.config.DataDir
	if dir == "" {
		return sqlite.OpenMemory(sqlite.Options{Reports: s.reports}), nil
	}
	opened, err := sqlite.Open(dir, sqlite.Options{
		Reports: s.reports, AcceptLoss: s.config.AcceptLoss,
		Lost: func(line string) { s.logger.Error("accepted loss", "data-dir", dir, "what", line) },
	})
	damage, damaged := errors.AsType[*sqlite.Damage](err)
	switch {
	case err == nil:
		return opened, nil
	case damaged:
		return nil, fmt.Errorf("--data-dir %s: %w; dragoman restore puts a backup in its place, --accept-loss goes on with what is whole", dir, damage)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("--data-dir %s: this user may not read and write there: %w", dir, err)
	}
	return nil, fmt.Errorf("--data-dir %s: %w", dir, err)
}

// ailment is why the store cannot be written, nil when it can or does not know.
func (s *Server) ailment() error {
	if a, ok := s.store.(store.Ailing); ok {
		return a.Ailment()
	}
	return nil
}
