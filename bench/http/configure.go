package main

import (
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/server"
)

// configure sends the access log of the loaded gateway to a file.
func configure(config *server.Config, dir string) {
	config.Observe.AccessLogs = map[string]string{logArn: filepath.Join(dir, "access.log")}
}
