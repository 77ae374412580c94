package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// nobody is the user of the image, by number, as Kubernetes wants to see that it is not root.
const nobody = 65532

// Media types. Documented: OCI Image Format Specification 1.1, media-types.md.
const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// blob is a part of an image, known by its digest.
type blob struct {
	data []byte
	kind string
}

func (b blob) digest() string { return "sha256:" + hexOf(b.data) }

func (b blob) descriptor() map[string]any {
	return map[string]any{"mediaType": b.kind, "digest": b.digest(), "size": len(b.data)}
}

func hexOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// image makes the image from scratch: an OCI layout with all machines of Linux, and an archive
// for `docker load` for each.
func (r *release) image(binaries []binary) error {
	dir := filepath.Join(r.out, "image")
	var manifests []map[string]any
	var blobs []blob
	for _, b := range binaries {
		if b.system != "linux" {
			continue
		}
		config, layer, err := r.imageOf(b)
		if err != nil {
			return err
		}
		manifest := blob{encoded(map[string]any{
			"schemaVersion": 2, "mediaType": typeManifest, "config": config.descriptor(), "layers": []any{layer.descriptor()},
		}), typeManifest}
		blobs = append(blobs, config, layer, manifest)
		d := manifest.descriptor()
		d["platform"] = map[string]any{"os": "linux", "architecture": b.machine}
		manifests = append(manifests, d)
		if err := r.loadable(b, config, layer); err != nil {
			return err
		}
	}
	if len(manifests) == 0 {
		return nil
	}
	index := blob{encoded(map[string]any{"schemaVersion": 2, "mediaType": typeIndex, "manifests": manifests}), typeIndex}
	return layOut(dir, r.version, index, append(blobs, index))
}

// layOut writes an OCI layout. Documented: OCI Image Format Specification 1.1, image-layout.md.
func layOut(dir, version string, index blob, blobs []blob) error {
	to := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, b := range blobs {
		if err := os.WriteFile(filepath.Join(to, hexOf(b.data)), b.data, 0o644); err != nil {
			return err
		}
	}
	d := index.descriptor()
	d["annotations"] = map[string]string{"org.opencontainers.image.ref.name": version}
	top := encoded(map[string]any{"schemaVersion": 2, "mediaType": typeIndex, "manifests": []any{d}})
	if err := os.WriteFile(filepath.Join(dir, "index.json"), top, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "oci-layout"), encoded(map[string]string{"imageLayoutVersion": "1.0.0"}), 0o644)
}

// root is what the image has: the program, certificates, names of its user, and folders that
// it may write to.
func (r *release) root(program []byte) []file {
	account := fmt.Sprintf("dragoman:x:%d:%d:dragoman:/data:/sbin/nologin\n", nobody, nobody)
	return []file{
		{"usr/", nil, 0o755}, {"usr/bin/", nil, 0o755}, {"usr/bin/dragoman", program, 0o755},
		{"etc/", nil, 0o755}, {"etc/ssl/", nil, 0o755}, {"etc/ssl/certs/", nil, 0o755}, {"etc/ssl/certs/ca-certificates.crt", authorities(), 0o644},
		{"etc/passwd", []byte("root:x:0:0:root:/:/sbin/nologin\n" + account), 0o644}, {"etc/group", fmt.Appendf(nil, "root:x:0:\ndragoman:x:%d:\n", nobody), 0o644},
		{"data/", nil, 0o750}, {"tmp/", nil, 0o1777},
		{"usr/share/", nil, 0o755}, {"usr/share/doc/", nil, 0o755}, {"usr/share/doc/dragoman/", nil, 0o755},
		{"usr/share/doc/dragoman/LICENSE", r.doc("LICENSE"), 0o644}, {"usr/share/doc/dragoman/THIRD_PARTY.md", r.doc("THIRD_PARTY.md"), 0o644},
	}
}

func (r *release) doc(name string) []byte {
	for _, f := range r.docs {
		if f.name == name {
			return f.data
		}
	}
	return nil
}

// authorities are the certificates that Mozilla believes, as the Go project keeps them, so
// that they are of the release and not of the machine that makes it. Those that are believed
// under conditions are left out: a file has no place for conditions.
func authorities() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return b.Bytes()
}

func (r *release) imageOf(b binary) (config, layer blob, err error) {
	program, err := os.ReadFile(b.path)
	if err != nil {
		return config, layer, err
	}
	plain, err := plainTar(r.root(program), r.date, nobody)
	if err != nil {
		return config, layer, err
	}
	packed, err := compressed(plain)
	if err != nil {
		return config, layer, err
	}
	at := r.date.Format(time.RFC3339)
	user := fmt.Sprintf("%d:%d", nobody, nobody)
	// HEALTHCHECK is Docker's; others read over it.
	// Documented: OCI Image Format Specification 1.1, config.md, Healthcheck is reserved.
	config = blob{encoded(map[string]any{
		"created": at, "architecture": b.machine, "os": "linux",
		"config": map[string]any{
			"User": user, "WorkingDir": "/data", "Entrypoint": []string{"/usr/bin/dragoman"}, "Cmd": []string{"serve"},
			"Env":          []string{"PATH=/usr/bin", "DRAGOMAN_DATA_DIR=/data", "DRAGOMAN_LISTEN=0.0.0.0:8080", "DRAGOMAN_MANAGEMENT=0.0.0.0:8081"},
			"ExposedPorts": map[string]any{"8080/tcp": struct{}{}, "8081/tcp": struct{}{}},
			"Volumes":      map[string]any{"/data": struct{}{}},
			"Healthcheck":  map[string]any{"Test": []string{"CMD", "/usr/bin/dragoman", "health"}, "Interval": 10 * time.Second, "Timeout": 6 * time.Second, "StartPeriod": 5 * time.Second, "Retries": 3},
			"StopSignal":   "SIGTERM",
			"Labels": map[string]string{
				"org.opencontainers.image.title": "Dragoman", "org.opencontainers.image.version": r.version, "org.opencontainers.image.revision": r.commit,
				"org.opencontainers.image.created": at, "org.opencontainers.image.licenses": "Apache-2.0",
				"org.opencontainers.image.source": "https://github.com/dragoman-gateway/dragoman",
			},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hexOf(plain)}},
		"history": []any{map[string]any{"created": at, "created_by": "make release", "comment": "from scratch"}},
	}), typeConfig}
	return config, blob{packed, typeLayer}, nil
}

// loadable writes what `docker load` takes.
func (r *release) loadable(b binary, config, layer blob) error {
	layerName := hexOf(layer.data) + ".tar.gz"
	data, err := plainTar([]file{
		{config.digest(), config.data, 0o644}, {layerName, layer.data, 0o644},
		{"manifest.json", encoded([]any{map[string]any{"Config": config.digest(), "RepoTags": []string{"dragoman:" + r.version}, "Layers": []string{layerName}}}), 0o644},
	}, r.date, 0)
	if err != nil {
		return err
	}
	return r.write(fmt.Sprintf("dragoman_%s_image_%s.tar", r.version, b.machine), data)
}

// encoded is JSON with its members in order.
func encoded(value any) []byte {
	data, _ := json.Marshal(value) // maps, lists and texts
	return data
}
