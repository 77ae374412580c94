package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/dragoman-gateway/dragoman/gateway/backends"
	"github.com/dragoman-gateway/dragoman/internal/bounds"
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

// openBounds bounds memory and open files, and makes the listeners keep to them.
func (s *Server) openBounds() {
	b := bounds.New(bounds.Options{Connections: s.config.MaxConnections, Bodies: s.config.MaxBodies, Templates: s.config.MaxTemplateMemory, Logger: s.logger, Reports: s.reports})
	s.bounds = b
	data, management := b.Data("data", s.data.Listener, false), b.Management("management", s.management.Listener)
	s.data.Listener, s.data.state = s.behind(data), data.ConnState
	s.management.Listener, s.management.state = management, management.ConnState
	if s.secure.Listener != nil {
		secure := b.Data("tls", s.secure.Listener, true)
		s.secure.Listener, s.secure.state = s.behind(secure), secure.ConnState
	}
}

// openBackends opens what integrations and authorizers call.
func (s *Server) openBackends() error {
	roots, err := s.config.HTTP.Roots()
	if err != nil {
		return err
	}
	c := &s.config
	s.backends, err = backends.Open(backends.Options{
		Region: c.Region, Account: c.Account, AssumeRoles: c.AssumeRoles, Functions: c.Functions, Local: c.Local, Endpoint: func() string { return "http://" + dialled(s.management.Listener.Addr()) }, VpcLinks: c.VpcLinks,
		Deny: c.DenyBackends, Roots: roots, Bodies: s.bounds.Bodies, Table: s.bounds.Table, Descriptors: s.bounds.Backends,
		Between: c.seams.functions, Logger: s.logger, Reports: s.reports,
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.backends.Close)
	return nil
}
