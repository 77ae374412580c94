package esbuild

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// surround puts what lies beside the sources beside the bundle, by links, so that
// packages which are not bundled are found from there, and files which a handler reads
// beside its own. The kind of its modules is the bundle's own.
func (j *Job) surround(format api.Format) error {
	kind := "commonjs"
	if format == api.FormatESModule {
		kind = "module"
	}
	if err := os.WriteFile(filepath.Join(j.Out, "package.json"), fmt.Appendf(nil, `{"type":%q}`, kind), 0o600); err != nil {
		return err
	}
	// Links and no copies: node_modules are large, and a file that a handler reads shall
	// be the one that is being edited.
	link(j.Dir, j.Out)
	if modules := j.modules(); modules != "" {
		_ = os.Symlink(modules, filepath.Join(j.Out, "node_modules")) // unless the code has its own, linked already
	}
	return nil
}

// link links all that is in one folder into another one, but for what is there. Where
// there can be no links there are none: only what is not bundled is missing then.
func link(from, to string) {
	entries, err := os.ReadDir(from)
	if err != nil {
		return
	}
	for _, entry := range entries {
		source, target := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		info, err := os.Lstat(target)
		switch {
		case err != nil && entry.Name() != "package.json":
			_ = os.Symlink(source, target)
		case err == nil && info.IsDir() && entry.IsDir():
			link(source, target)
		}
	}
}

// modules is the nearest folder of packages from the code upwards.
func (j *Job) modules() string {
	for at := j.Dir; ; at = filepath.Dir(at) {
		modules := filepath.Join(at, "node_modules")
		if info, err := os.Stat(modules); err == nil && info.IsDir() {
			return modules
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}
