package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

type options struct {
	version, out string
	platforms    []string
}

// release is one that is being made.
type release struct {
	options
	ctx    context.Context
	commit string
	date   time.Time // of the commit, which all files have
	docs   []file    // that each archive and package has
}

// binary is the program for one platform.
type binary struct {
	system, machine string // as Go calls them
	path            string
}

// Documented: Semantic Versioning 2.0.0, section 2 and 9.
var versionForm = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

func run(ctx context.Context, o options) error {
	if !versionForm.MatchString(o.version) {
		return fmt.Errorf("-version %q: want x.y.z", o.version)
	}
	r := &release{options: o, ctx: ctx}
	if err := r.look(); err != nil {
		return err
	}
	if err := os.Mkdir(o.out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "release-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	binaries, err := r.build(work)
	if err != nil {
		return err
	}
	deps, err := r.dependencies(binaries)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return r.document(deps) },
		func() error { return r.archives(binaries) },
		func() error { return r.packages(work, binaries) },
		func() error { return r.image(binaries) },
		func() error { return r.npm(binaries) },
		func() error { return r.write("dragoman.spdx.json", r.bill(deps)) },
		r.checksums,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// look finds out what is released. A tree with changes is nobody's commit.
func (r *release) look() (err error) {
	changes, err := r.output("git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if changes != "" {
		return errors.New("the tree has changes that are not committed:\n" + changes)
	}
	if r.commit, err = r.output("git", "rev-parse", "HEAD"); err != nil {
		return err
	}
	seconds, err := r.output("git", "log", "-1", "--format=%cI")
	if err != nil {
		return err
	}
	r.date, err = time.Parse(time.RFC3339, seconds)
	r.date = r.date.UTC()
	return err
}

// build compiles the program for each platform.
func (r *release) build(work string) (all []binary, err error) {
	const cli = "github.com/dragoman-gateway/dragoman/cli"
	flags := fmt.Sprintf("-s -w -buildid= -X %s.Version=%s -X %s.Commit=%s -X %s.Date=%s", cli, r.version, cli, r.commit, cli, r.date.Format(time.RFC3339))
	for _, platform := range r.platforms {
		system, machine, ok := strings.Cut(platform, "/")
		if !ok {
			return nil, fmt.Errorf("-platforms %q: want OS/ARCH", platform)
		}
		b := binary{system, machine, filepath.Join(work, system+"-"+machine, "dragoman")}
		if system == "windows" {
			b.path += ".exe"
		}
		cmd := exec.CommandContext(r.ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", b.path, "./cmd/dragoman")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+system, "GOARCH="+machine, "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", platform, err, out)
		}
		all = append(all, b)
	}
	return all, nil
}

func (r *release) output(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(r.ctx, name, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &said)
	}
	return strings.TrimSpace(string(out)), nil
}

// write makes a file of the release.
func (r *release) write(name string, data []byte) error {
	return os.WriteFile(filepath.Join(r.out, name), data, 0o644)
}

// checksums lists the SHA-256 of every file, as sha256sum checks it.
func (r *release) checksums() error {
	var lines []string
	err := filepath.WalkDir(r.out, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return err
		}
		name, err := filepath.Rel(r.out, path)
		lines = append(lines, hex.EncodeToString(sum.Sum(nil))+"  "+filepath.ToSlash(name)+"\n")
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	return r.write("checksums.txt", []byte(strings.Join(lines, "")))
}
