package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// packages makes those of Debian and Red Hat with nfpm, a tool of the module in release/.
func (r *release) packages(work string, binaries []binary) error {
	for _, b := range binaries {
		if b.system != "linux" {
			continue
		}
		config, err := r.packing(work, b)
		if err != nil {
			return err
		}
		for _, kind := range []string{"deb", "rpm"} {
			out, err := filepath.Abs(filepath.Join(r.out, fmt.Sprintf("dragoman_%s_linux_%s.%s", r.version, b.machine, kind)))
			if err != nil {
				return err
			}
			cmd := exec.CommandContext(r.ctx, "go", "-C", "release", "tool", "nfpm", "package", "--config", config, "--packager", kind, "--target", out)
			cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "SOURCE_DATE_EPOCH="+strconv.FormatInt(r.date.Unix(), 10))
			if said, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s for %s: %w\n%s", kind, b.machine, err, said)
			}
		}
	}
	return nil
}

// content is a file of a package, in nfpm's words.
type content struct {
	Src  string         `json:"src"`
	Dst  string         `json:"dst"`
	Type string         `json:"type,omitempty"`
	Info map[string]any `json:"file_info,omitempty"`
}

// packing lays what a package has into a folder, and writes nfpm's configuration for it.
// Documented: nfpm, Configuration; it reads JSON, which is YAML.
func (r *release) packing(work string, b binary) (config string, err error) {
	dir := filepath.Join(work, "package-"+b.machine)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	info := func(mode int64) map[string]any { return map[string]any{"mode": mode, "mtime": r.date} }
	contents := []content{{b.path, "/usr/bin/dragoman", "", info(0o755)}}
	add := func(f file, to, kind string) error {
		from := filepath.Join(dir, strings.ReplaceAll(to, "/", "_"))
		contents = append(contents, content{from, to, kind, info(f.mode)})
		return os.WriteFile(from, f.data, 0o644)
	}
	for _, f := range r.docs {
		data, to := f, placeOf(f.name)
		if to == "" {
			continue
		}
		if strings.HasPrefix(f.name, "man/") { // Debian's policy wants them compressed
			if data.data, err = compressed(f.data); err != nil {
				return "", err
			}
		}
		if err := add(data, to, ""); err != nil {
			return "", err
		}
	}
	for _, f := range []struct{ name, to, kind string }{
		{"packaging/dragoman.service", "/usr/lib/systemd/system/dragoman.service", ""},
		{"packaging/dragoman.yaml", "/etc/dragoman/dragoman.yaml", "config|noreplace"},
	} {
		text, err := os.ReadFile(f.name)
		if err != nil {
			return "", err
		}
		if err := add(file{f.name, text, 0o644}, f.to, f.kind); err != nil {
			return "", err
		}
	}
	text, err := json.MarshalIndent(map[string]any{
		"name": "dragoman", "arch": b.machine, "platform": "linux", "version": r.version, "section": "net", "priority": "optional",
		"maintainer": "Dragoman <maintainers@dragoman-gateway.invalid>", "homepage": "https://github.com/dragoman-gateway/dragoman", "license": "Apache-2.0",
		"description": "An Amazon API Gateway V2 that anyone can run.\nThe AWS CLI, every AWS SDK and Terraform configure it through the V2 management API.",
		"mtime":       r.date, "contents": contents, "rpm": map[string]any{"buildhost": "localhost", "group": "Unspecified"},
	}, "", "  ")
	if err != nil {
		return "", err
	}
	config = filepath.Join(dir, "nfpm.json")
	return config, os.WriteFile(config, text, 0o644)
}

// placeOf is where a document of an archive stands on a system; "" for nowhere.
func placeOf(name string) string {
	switch base := path.Base(name); {
	case strings.HasPrefix(name, "man/"):
		return "/usr/share/man/man1/" + base + ".gz"
	case base == "dragoman.bash":
		return "/usr/share/bash-completion/completions/dragoman"
	case base == "_dragoman":
		return "/usr/share/zsh/vendor-completions/_dragoman"
	case base == "dragoman.fish":
		return "/usr/share/fish/vendor_completions.d/dragoman.fish"
	case base == "dragoman.ps1":
		return ""
	case base == "LICENSE":
		return "/usr/share/doc/dragoman/copyright"
	default:
		return "/usr/share/doc/dragoman/" + base
	}
}
