package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// pages are what is written, by the file.
var pages = map[string]func() (string, error){
	"operations.md": operations,
	"commands.md":   commands,
	"settings.md":   settingsOf,
	"metrics.md":    metrics,
	"rights.md":     rights,
}

const (
	folder    = "docs/reference"
	generated = "<!-- made by: make reference -->\n\n"
)

func main() {
	for name, made := range pages {
		text, err := made()
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
