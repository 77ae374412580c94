package main

import "github.com/dragoman-gateway/dragoman/server"

// configure sends the access log of the loaded gateway to a file.
func configure(*server.Config, string) {}
