package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/own"
)

// destination is where a clone goes. Until the end everything is in a folder of its
// own, which goes away with a run that does not come to its end.
type destination struct {
	stdout    io.Writer
	file      string // "" for none
	functions string // the folder of functions beside the file, "" where none are wanted
	server    *configuration
	force     bool
	aside     string // "" until something is written
}

// destination judges what the flags say of it, before anything is called.
func (c *cloning) destination(stdout io.Writer) (*destination, error) {
	d := &destination{stdout: stdout, force: c.force}
	switch {
	case strings.HasPrefix(c.to, "http://"), strings.HasPrefix(c.to, "https://"):
		if u, err := url.Parse(c.to); err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return nil, misused(fmt.Errorf("--to %s: want the URL of a management listener, http://HOST:PORT", c.to))
		}
		d.server = &configuration{apiOptions: apiOptions{endpoint: c.to, profile: c.toProfile, region: c.region}}
	case c.to != "" && c.to != "-":
		d.file = c.to
	}
	switch {
	case d.file == "" && c.functions:
		return nil, misused(errors.New("--functions puts folders beside a file: give --to FILE"))
	case d.file == "" && c.force:
		return nil, misused(errors.New("--force is for files: give --to FILE"))
	case d.server == nil && c.toProfile != "":
		return nil, misused(errors.New("--to-profile is for a Dragoman that runs: give --to URL"))
	case d.file == "":
		return d, nil
	}
	if c.functions {
		d.functions = strings.TrimSuffix(d.file, filepath.Ext(d.file)) + "-functions"
	}
	return d, d.free()
}

// free says whether what is to be written may be.
func (d *destination) free() error {
	if info, err := os.Stat(filepath.Dir(d.file)); err != nil || !info.IsDir() {
		return fmt.Errorf("--to %s: there is no folder %s", d.file, filepath.Dir(d.file))
	}
	for _, path := range []string{d.file, d.functions} {
		if path == "" {
			continue
		}
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return err
		case !d.force:
			return fmt.Errorf("%s is there already: --force replaces it", path)
		case info.IsDir() != (path == d.functions):
			return fmt.Errorf("%s is there already, and is something else", path)
		}
	}
	return nil
}

// folder makes the folder of one function, for now aside.
func (d *destination) folder(name string) (string, error) {
	if err := d.begin(); err != nil {
		return "", err
	}
	dir := filepath.Join(d.aside, "functions", name)
	return dir, os.MkdirAll(dir, 0o755)
}

// without takes the folder of a function away again.
func (d *destination) without(name string) error {
	return os.RemoveAll(filepath.Join(d.aside, "functions", name))
}

// begin makes the folder aside: in that of the file, so that moving is renaming.
func (d *destination) begin() (err error) {
	if d.aside == "" {
		d.aside, err = os.MkdirTemp(filepath.Dir(d.file), ".dragoman-clone-*")
	}
	return err
}

// discard takes away what did not come to its place.
func (d *destination) discard() {
	if d.aside != "" {
		_ = os.RemoveAll(d.aside)
	}
}

// write puts the copy where it belongs, whole or not at all.
func (d *destination) write(ctx context.Context, r *cloneReport) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case d.server != nil:
		return d.merge(ctx, r)
	case d.file == "":
		_, err := d.stdout.Write(r.Document)
		return err
	}
	r.where = "--config " + shellWord(d.file)
	if err := d.begin(); err != nil {
		return err
	}
	text := filepath.Join(d.aside, "document")
	if err := writeWhole(text, r.Document); err != nil {
		return err
	}
	if err := d.free(); err != nil { // it took a while
		return err
	}
	if d.functions != "" {
		if err := d.replaceFolder(); err != nil {
			return err
		}
	}
	return os.Rename(text, d.file)
}

// writeWhole writes a file that is on the disk before it gets its name. Stage variables
// and URLs may be secrets.
func writeWhole(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// replaceFolder puts the folder of functions in its place; what was there goes with
// the folder aside.
func (d *destination) replaceFolder() error {
	if err := os.Rename(d.functions, filepath.Join(d.aside, "before")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := os.Rename(filepath.Join(d.aside, "functions"), d.functions)
	if errors.Is(err, os.ErrNotExist) {
		return nil // no function is called, or none could be had
	}
	return err
}

// merge adds the copy to a Dragoman that runs.
func (d *destination) merge(ctx context.Context, r *cloneReport) error {
	answer, err := d.server.send(ctx, "PATCH", own.ConfigurationPath, r.Document)
	if err != nil {
		return fmt.Errorf("--to %s: %w", d.server.endpoint, err)
	}
	var merged document.Merged
	if err := json.Unmarshal(answer, &merged); err != nil || merged.Made == nil {
		return fmt.Errorf("--to %s: what answered is no Dragoman that APIs can be added to; --to names its management listener", d.server.endpoint)
	}
	r.Counts = merged.Made
	for _, n := range merged.Renamed {
		r.note(n.What+" "+n.From, "its id was taken, here it is "+n.To)
	}
	for _, o := range merged.LeftOut {
		r.left(o.What, o.Why)
	}
	return nil
}
