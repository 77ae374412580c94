package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// What a tap that is off costs is counted against the same program without one: its sources
// are overlaid so that what an exchange asks of the tap is answered by constants, and the
// compiler takes out what depends on them. What ends an exchange stays, for metrics and access
// logs are told by it.

// tapped are the paths on which it is counted: without sockets, whose waiting takes another
// number of instructions each time, more of them than a tap that is off.
var tapped = []path{
	{"WebSocket message, MOCK with a template", "gateway/wsapi", "BenchmarkTap/off"},
	{"HTTP_PROXY request, without its sockets", "gateway/httpapi", "BenchmarkTap/off"},
}

// silent are the functions of gateway/tap with the bodies that tell nobody anything.
var silent = map[string]string{
	"Hub.Draft":  "{ return nil }",
	"Hub.Begin":  "{}",
	"Tap.Draft":  "{ return nil }",
	"Tap.Record": "{}",
	"Tap.Now":    "{ return time.Time{} }",
	"Tap.Wants":  "{ return k == Ended && t.wants.Has(k) }",
	"Tap.Heard":  "{ return k == Ended && t.heard.Has(k) }",
	"Tap.Data":   "{ return false }",
	"Tap.Logged": "{ return false }",
	"Announce":   "{}",
}

// most is the share of the instructions that a tap may cost that is off.
const most = 0.01

// turns is how often each of the two is counted: the least of each is what others on the machine
// have disturbed least.
const turns = 3

// compareTap counts both programs in turns and tells of their difference.
func compareTap() error {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		return errors.New("valgrind is not installed: instructions cannot be counted")
	}
	dir, err := os.MkdirTemp("", "dragoman-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := withoutTap(dir)
	if err != nil {
		return err
	}
	var faults []error
	for _, p := range tapped {
		with, err := build(dir, p.room)
		if err != nil {
			return err
		}
		without, err := build(filepath.Join(dir, "without"), p.room, "-overlay", overlay)
		if err != nil {
			return err
		}
		var least [2]int
		for range turns {
			for i, binary := range []string{with, without} {
				c, err := count(binary, p.room, p.benchmark, valgrind)
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				if least[i] == 0 || c.Instructions < least[i] {
					least[i] = c.Instructions
				}
			}
		}
		share := float64(least[0]-least[1]) / float64(least[1])
		fmt.Printf("%-40s %7d instructions with the tap off, %7d without a tap: %+.2f %%\n", p.name, least[0], least[1], 100*share)
		if share > most {
			faults = append(faults, fmt.Errorf("%s: a tap that is off costs %.2f %%, and may cost %.0f %%", p.name, 100*share, 100*most))
		}
	}
	return errors.Join(faults...)
}

// withoutTap writes the sources of a tap that tells nobody anything, and the overlay that has
// the go command compile them in place of the others.
func withoutTap(dir string) (overlay string, err error) {
	const room = "gateway/tap"
	files, err := filepath.Glob(filepath.Join(room, "*.go"))
	if err != nil {
		return "", err
	}
	replaced := map[string]string{}
	var done []string
	for _, file := range files {
		text, names, err := silence(file)
		if err != nil {
			return "", err
		}
		if len(names) == 0 {
			continue
		}
		whole, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		done, replaced[whole] = append(done, names...), filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(replaced[whole], text, 0o600); err != nil {
			return "", err
		}
	}
	// A function that is called otherwise now would make the comparison one with itself.
	for name := range silent {
		if !slices.Contains(done, name) {
			return "", fmt.Errorf("%s has no %s any more: bench/check/tap.go is to follow", room, name)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// silence is a file with the bodies of silent, and whose they are.
func silence(file string) (text []byte, names []string, err error) {
	text, err = os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	// From the end to the beginning, so that places stay what they were.
	for _, d := range slices.Backward(parsed.Decls) {
		f, is := d.(*ast.FuncDecl)
		if !is || f.Body == nil {
			continue
		}
		name := f.Name.Name
		if f.Recv != nil {
			star, _ := f.Recv.List[0].Type.(*ast.StarExpr)
			if star == nil {
				continue
			}
			name = fmt.Sprint(star.X) + "." + name
		}
		if body, is := silent[name]; is {
			begin, end := set.Position(f.Body.Lbrace).Offset, set.Position(f.Body.Rbrace).Offset+1
			text = slices.Concat(text[:begin], []byte(body), text[end:])
			names = append(names, name)
		}
	}
	return text, names, nil
}
