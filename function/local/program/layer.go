package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Layer is a layer of a function.
type Layer struct {
	Dir   string // folder, absolute: laid out as in /opt, or what that is built of
	Name  string // of what is built, for people; "" for one that is laid out already
	Build Build  // how; the zero value for one that is laid out already
	// Cache is the folder that keeps what was built from one run to the next; "" keeps it
	// as long as the Maker.
	Cache string
}

// Folders are layers that are laid out already.
func Folders(layers []Layer) (folders []string) {
	for _, l := range layers {
		folders = append(folders, l.Dir)
	}
	return folders
}

// laidOut makes the layers of some code folders that are laid out as in /opt: each is
// built once for each state of its files, whatever number of functions has it.
func (m *Maker) laidOut(ctx context.Context, c *Code) error {
	c.Layers = slices.Clone(c.Layers)
	for i := range c.Layers {
		l := &c.Layers[i]
		if l.Build.Method == "" {
			continue
		}
		dir, err := m.layer(ctx, l)
		if err != nil {
			return fmt.Errorf("the layer %s: %w", l.Name, err)
		}
		*l = Layer{Dir: dir}
	}
	return nil
}

// Prepare builds the layers of a function that have to be, so that no invocation waits
// for them.
func (m *Maker) Prepare(ctx context.Context, c Code) error { return m.laidOut(ctx, &c) }

// layer is the folder that a layer was built into.
func (m *Maker) layer(ctx context.Context, l *Layer) (string, error) {
	m.layering.Lock()
	defer m.layering.Unlock()
	cache := l.Cache
	if cache == "" {
		// Without a session there is nobody who would look there again after this run.
		cache = filepath.Join(m.Folder, "layers")
	}
	state, err := m.stateOf(ctx, l)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, l.called()+"-"+state)
	// What this run has laid out once it may run with until its end, whatever others build meanwhile.
	if m.kept[folder] {
		return folder, nil
	}
	if _, err := os.Stat(folder); err != nil {
		if err := m.buildLayer(ctx, l, folder); err != nil {
			return "", err
		}
	}
	if m.kept == nil {
		m.kept = map[string]bool{}
	}
	m.kept[folder] = true
	m.forget(l, cache)
	return folder, nil
}

// called tells a layer from others of its name: two stacks may have one each.
func (l *Layer) called() string {
	sum := sha256.Sum256([]byte(l.Dir))
	return l.Name + "-" + hex.EncodeToString(sum[:4])
}

// forget removes what runs before this one have built of a layer and nobody needs.
func (m *Maker) forget(l *Layer, cache string) {
	entries, _ := os.ReadDir(cache)
	for _, entry := range entries {
		name, state, _ := cutLast(entry.Name(), "-")
		folder := filepath.Join(cache, entry.Name())
		if name == l.called() && len(strings.TrimSuffix(state, unfinished)) == stateLength && !m.kept[folder] {
			discard(folder)
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// unfinished ends the name of what is being built: a folder that is half written is
// never found by its name.
const unfinished = ".new"

// buildLayer builds a layer as SAM does, in a copy of its files.
// Documented: AWS SAM Developer Guide, Building Lambda layers in AWS SAM: BuildMethod is
// a runtime, or makefile with the target build-LOGICALID, which lays out all by itself.
func (m *Maker) buildLayer(ctx context.Context, l *Layer, folder string) error {
	making := folder + unfinished
	discard(making)
	if err := os.MkdirAll(making, 0o700); err != nil {
		return err
	}
	var err error
	switch method := l.Build.Method; {
	case method == "makefile":
		err = m.makeInto(ctx, &Code{Name: l.Name, Dir: l.Dir, Build: l.Build}, making)
	case strings.HasPrefix(method, "nodejs"):
		err = m.npm(ctx, l, filepath.Join(making, "nodejs"))
	case strings.HasPrefix(method, "python"):
		err = m.pip(ctx, l, filepath.Join(making, "python"))
	case strings.HasPrefix(method, "java"):
		err = m.jars(ctx, l, filepath.Join(making, "java", "lib"))
	case strings.HasPrefix(method, "ruby"):
		err = m.gems(ctx, l, filepath.Join(making, "ruby"))
	default:
		err = fmt.Errorf("nothing here builds layers with BuildMethod %s", method)
	}
	if err == nil {
		err = os.Rename(making, folder)
	}
	if err != nil {
		discard(making)
	}
	return err
}

// stateFolder is what a session keeps beside its template, which may be a layer's folder.
const stateFolder = ".dragoman"

// npm installs what a package needs beside its files.
// Observed: SAM puts the whole package into nodejs, without its own node_modules, and
// installs there what is no development dependency; links to other folders become copies.
// One without a package.json is taken as it is.
func (m *Maker) npm(ctx context.Context, l *Layer, to string) error {
	if err := m.copied(ctx, l.Dir, to, "node_modules", stateFolder); err != nil {
		return err
	}
	if !isThere(filepath.Join(to, "package.json")) {
		return nil
	}
	tool, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("%s is to be built, and there is no npm: %w", l.Dir, err)
	}
	if err := rooted(l.Dir, to); err != nil {
		return err
	}
	args := []string{"npm", "install", "--no-save"}
	// Documented: AWS SAM Developer Guide, Default build with AWS SAM, BuildProperties of
	// Node: UseNpmCi.
	if string(l.Build.Properties["UseNpmCi"]) == "true" {
		args = []string{"npm", "ci"}
	}
	return m.run(ctx, to, strings.Join(args[:2], " "), tool, m.Environment, append(args, "--omit=dev", "--no-audit", "--no-fund", "--no-progress", "--install-links", "--loglevel=error")...)
}

// pip installs what a requirements.txt asks for beside the files of a layer.
// Observed: SAM puts both into python, and takes a layer without the file as it is.
// What is compiled is for the Python of this machine, which runs the function here.
func (m *Maker) pip(ctx context.Context, l *Layer, to string) error {
	if err := m.copied(ctx, l.Dir, to, stateFolder); err != nil {
		return err
	}
	if !isThere(filepath.Join(to, "requirements.txt")) {
		return nil
	}
	tool, err := exec.LookPath("python3")
	if err != nil {
		return fmt.Errorf("%s is to be built, and there is no python3: %w", l.Dir, err)
	}
	return m.run(ctx, to, "pip install", tool, m.Environment,
		"python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement", "requirements.txt", "--target", to)
}
