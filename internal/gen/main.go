// Command gen writes the methods, inputs and answers of package client out of the
// table of operations, one file for each family of resources. `go generate
// ./client` runs it; a test says when that was forgotten.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", ".", "folder of package client")
	nouns := flag.String("nouns", "../resource", "folder of package resource")
	flag.Parse()
	if err := run(*out, *nouns); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(out, nouns string) error {
	files, err := generate(nouns)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
