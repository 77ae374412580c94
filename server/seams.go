package server

import (
	"github.com/dragoman-gateway/dragoman/gateway/backends"
	"github.com/dragoman-gateway/dragoman/gateway/deployed"
	"github.com/dragoman-gateway/dragoman/gateway/fleet"
	"github.com/dragoman-gateway/dragoman/store"
)

// seams let the tests of this room wrap parts of a gateway, to see how it behaves
// when they fail. They are nil otherwise.
type seams struct {
	store     func(store.Store) store.Store
	functions backends.Between
	compile   func(deployed.Compile) deployed.Compile
	draw      func() fleet.Node // the number of a node
}

func (s *seams) stored(inner store.Store) store.Store {
	if s.store == nil {
		return inner
	}
	return s.store(inner)
}

func (s *seams) compiler(inner deployed.Compile) deployed.Compile {
	if s.compile == nil {
		return inner
	}
	return s.compile(inner)
}
