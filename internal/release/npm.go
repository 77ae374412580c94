package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
)

// npmNames are what Node calls systems and machines.
// Documented: Node.js, process.platform and process.arch.
var npmNames = map[string]string{"linux": "linux", "darwin": "darwin", "windows": "win32", "amd64": "x64", "arm64": "arm64"}

// npm packs the package for Node, and one with the binary for each platform: npm installs the
// one that its os and cpu fit.
func (r *release) npm(binaries []binary) error {
	chosen := map[string]string{}
	for _, b := range binaries {
		system, machine := npmNames[b.system], npmNames[b.machine]
		if system == "" || machine == "" {
			return fmt.Errorf("%s/%s has no name in Node", b.system, b.machine)
		}
		name := "@dragoman-gateway/" + system + "-" + machine
		chosen[name] = r.version
		program, err := os.ReadFile(b.path)
		if err != nil {
			return err
		}
		// Windows wants no folder bin: its shims look for the file beside package.json.
		at := "bin/dragoman"
		if b.system == "windows" {
			at = "dragoman.exe"
		}
		about := map[string]any{
			"name": name, "version": r.version, "description": "The binary of dragoman for " + system + " on " + machine, "license": "Apache-2.0",
			"repository": "https://github.com/dragoman-gateway/dragoman", "os": []string{system}, "cpu": []string{machine}, "preferUnplugged": true,
		}
		files := []file{{at, program, 0o755}, {"LICENSE", r.doc("LICENSE"), 0o644}, {"THIRD_PARTY.md", r.doc("THIRD_PARTY.md"), 0o644}}
		if err := r.pack("dragoman-gateway-"+system+"-"+machine, about, files); err != nil {
			return err
		}
	}
	return r.npmTop(chosen)
}

// npmTop packs the package that users name.
func (r *release) npmTop(chosen map[string]string) error {
	text, err := os.ReadFile("npm/dragoman/package.json")
	if err != nil {
		return err
	}
	about := map[string]any{}
	if err := json.Unmarshal(text, &about); err != nil {
		return err
	}
	about["version"], about["optionalDependencies"] = r.version, chosen
	files := []file{{"LICENSE", r.doc("LICENSE"), 0o644}}
	for name, mode := range map[string]int64{"dragoman/index.js": 0o644, "dragoman/index.mjs": 0o644, "dragoman/index.d.ts": 0o644, "dragoman/bin/dragoman.js": 0o755, "README.md": 0o644} {
		data, err := os.ReadFile("npm/" + name)
		if err != nil {
			return err
		}
		if path.Dir(name) != "." {
			name = name[len("dragoman/"):]
		}
		files = append(files, file{name, data, mode})
	}
	return r.pack("dragoman", about, files)
}

// pack writes a tarball as `npm pack` names and lays it out.
func (r *release) pack(name string, about map[string]any, files []file) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(about); err != nil {
		return err
	}
	packed := []file{{"package/package.json", b.Bytes(), 0o644}}
	for _, f := range files {
		packed = append(packed, file{"package/" + f.name, f.data, f.mode})
	}
	data, err := tarred(packed, r.date)
	if err != nil {
		return err
	}
	return r.write(name+"-"+r.version+".tgz", data)
}
