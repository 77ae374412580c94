package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/management/own"
)

// dependency is a module of others that a binary is made with.
type dependency struct {
	Path, Version, Sum string
	licences           []string // their texts, and notices
	spdx               string   // what the licence is called
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// dependencies are those of all binaries together, by path: platforms differ in them.
func (r *release) dependencies(binaries []binary) ([]dependency, error) {
	names := map[string]string{}
	for _, l := range own.Licences() {
		names[l.Module] = l.Licence
	}
	found := map[string]dependency{}
	for _, b := range binaries {
		info, err := buildinfo.ReadFile(b.path)
		if err != nil {
			return nil, err
		}
		for _, d := range info.Deps {
			found[d.Path] = dependency{Path: d.Path, Version: d.Version, Sum: d.Sum, spdx: names[d.Path]}
		}
	}
	if len(found) == 0 {
		return nil, errors.New("the binaries do not say what they are made of")
	}
	var all []dependency
	for _, d := range found {
		dir, err := r.output("go", "list", "-m", "-f", "{{.Dir}}", d.Path)
		if err != nil {
			return nil, err
		}
		if d.licences, err = licencesIn(dir); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b dependency) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// licencesIn are the texts of a module's own folder.
func licencesIn(dir string) (texts []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}

// bill is the bill of materials.
//
// Documented: SPDX Specification 2.3, sections 6, 7 and 11.
func (r *release) bill(deps []dependency) []byte {
	type pack = map[string]any
	type link = map[string]string
	const main = "SPDXRef-dragoman"
	packages := []pack{{
		"SPDXID": main, "name": "dragoman", "versionInfo": r.version, "downloadLocation": "https://github.com/dragoman-gateway/dragoman",
		"filesAnalyzed": false, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION",
		"primaryPackagePurpose": "APPLICATION", "externalRefs": purl("github.com/dragoman-gateway/dragoman", "v"+r.version),
	}}
	links := []link{{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": main}}
	for i, d := range deps {
		id := fmt.Sprintf("SPDXRef-module-%d", i+1)
		licence := d.spdx
		if licence == "" {
			licence = "NOASSERTION"
		}
		p := pack{
			"SPDXID": id, "name": d.Path, "versionInfo": d.Version, "downloadLocation": "https://proxy.golang.org/" + escaped(d.Path) + "/@v/" + escaped(d.Version) + ".zip",
			"filesAnalyzed": false, "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION",
			"externalRefs": purl(d.Path, d.Version),
		}
		// Go's own checksum is of the module's files, not of an archive, so that it is
		// told as a comment and not as one.
		if sum, ok := strings.CutPrefix(d.Sum, "h1:"); ok {
			if raw, err := base64.StdEncoding.DecodeString(sum); err == nil {
				p["comment"] = "go.sum h1 (dirhash, SHA-256): " + hex.EncodeToString(raw)
			}
		}
		packages = append(packages, p)
		links = append(links, link{"spdxElementId": main, "relationshipType": "DEPENDS_ON", "relatedSpdxElement": id})
	}
	out, _ := json.MarshalIndent(map[string]any{ // maps, lists and texts
		"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "dragoman-" + r.version,
		"documentNamespace": "https://github.com/dragoman-gateway/dragoman/spdx/" + r.version + "-" + r.commit,
		"creationInfo":      map[string]any{"created": r.date.Format(time.RFC3339), "creators": []string{"Tool: dragoman-release"}},
		"packages":          packages, "relationships": links,
	}, "", "  ")
	return append(out, '\n')
}

func purl(path, version string) []map[string]string {
	return []map[string]string{{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:golang/" + path + "@" + version}}
}

// escaped is how module proxies write a path: capitals with an exclamation mark.
// Documented: Go Modules Reference, GOPROXY protocol.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('!')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
