// Command dragoman is an Amazon API Gateway V2 that anyone can run.
package main

import (
	"os"

	"github.com/dragoman-gateway/dragoman/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
