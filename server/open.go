package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
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

// openStore opens the state; an error names the directory.
func openStore(dir string, reports *tasks.Reporter) (store.Store, error) {
	if dir == "" {
		return sqlite.OpenMemory(sqlite.Options{Reports: reports}), nil
	}
	s, err := sqlite.Open(dir, sqlite.Options{Reports: reports})
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("--data-dir %s: this user may not read and write there: %w", dir, err)
	}
	return nil, fmt.Errorf("--data-dir %s: %w", dir, err)
}
