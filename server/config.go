package server

import (
	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
)

// Config is everything that a gateway can be told.
type Config struct {
	config.Config
	seams seams
}

// Its parts.
type (
	DomainsConfig = config.Domains
	HTTPConfig    = config.HTTP
	PeersConfig   = config.Peers
	ObserveConfig = config.Observe
)

// Default is the configuration of `dragoman serve` without flags.
func Default() Config { return Config{Config: config.Default()} }

// domainName words the domainName of APIs; nil where handlers are told of the host
// that the client has used.
func (s *Server) domainName() func(*serving.Api) string {
	form := s.config.DomainName
	if form == "" {
		return nil
	}
	return func(api *serving.Api) string { return config.DomainName(form, api.ID, api.Region, s.dataPort()) }
}
