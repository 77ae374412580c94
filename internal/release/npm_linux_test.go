package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// project is a folder in which the packed tarballs are installed, with the examples.
func project(t *testing.T) string {
	t.Helper()
	npm := needs.Program(t, "npm", "--version")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../npm/examples")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private":true}`), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), npm, "install", "--offline", "--no-audit", "--no-fund", the(t, "dragoman-gateway-linux-x64-*.tgz"), the(t, "dragoman-[0-9]*.tgz"))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, out)
	}
	return dir
}

func runIn(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CI=1", "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s %v: %v\n%s", filepath.Base(program), args, err, out)
	}
	return string(out)
}

// The packages as npm installs them: the command, and the examples of three runners.
func TestNpmPackages(t *testing.T) {
	node := needs.Program(t, "node", "--version")
	dir := project(t)
	if out := runIn(t, dir, filepath.Join(dir, "node_modules/.bin/dragoman"), "version"); !strings.HasPrefix(out, "dragoman ") {
		t.Errorf("the command: got %s", out)
	}
	if out := runIn(t, dir, node, "--test", "node.test.mjs"); !strings.Contains(out, "pass 3") {
		t.Errorf("node:test: got %s", out)
	}
}

// Vitest and Jest are those that .ci/run installs beside the other packages.
func TestNpmRunners(t *testing.T) {
	packages := os.Getenv("DRAGOMAN_NODE_MODULES")
	for _, name := range []string{"vitest", "jest"} {
		if _, err := os.Stat(filepath.Join(packages, name)); packages == "" || err != nil {
			needs.Missing(t, "npm packages", name+" is not in DRAGOMAN_NODE_MODULES")
		}
	}
	dir := project(t)
	if err := os.Symlink(filepath.Join(packages, "vitest"), filepath.Join(dir, "node_modules/vitest")); err != nil {
		t.Fatal(err)
	}
	if out := runIn(t, dir, filepath.Join(packages, ".bin/vitest"), "run", "vitest.test.ts"); !strings.Contains(out, "1 passed") {
		t.Errorf("vitest: got %s", out)
	}
	if out := runIn(t, dir, filepath.Join(packages, ".bin/jest"), "--rootDir", dir, "--testMatch", "**/jest.test.js"); !strings.Contains(out, "1 passed") {
		t.Errorf("jest: got %s", out)
	}
}
