package server

import (
	"github.com/dragoman-gateway/dragoman/config"
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
	Flag          = config.Flag
)

// Default is the configuration of `dragoman serve` without flags.
func Default() Config { return Config{Config: config.Default()} }
