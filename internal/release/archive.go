package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// file is one of an archive or of a root.
type file struct {
	name string // with slashes; one that ends so is a folder
	data []byte
	mode int64
}

// archives packs each binary with what goes with it.
func (r *release) archives(binaries []binary) error {
	for _, b := range binaries {
		program, err := os.ReadFile(b.path)
		if err != nil {
			return err
		}
		top := fmt.Sprintf("dragoman_%s_%s_%s", r.version, b.system, b.machine)
		files := []file{{top + "/" + path.Base(b.path), program, 0o755}}
		for _, f := range r.docs {
			files = append(files, file{top + "/" + f.name, f.data, f.mode})
		}
		name, pack := top+".tar.gz", tarred
		if b.system == "windows" {
			name, pack = top+".zip", zipped
		}
		data, err := pack(files, r.date)
		if err == nil {
			err = r.write(name, data)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// tarred is files in their order by name, all of one time and of nobody.
func tarred(files []file, at time.Time) ([]byte, error) {
	plain, err := plainTar(files, at, 0)
	if err != nil {
		return nil, err
	}
	return compressed(plain)
}

func plainTar(files []file, at time.Time, owner int) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range sorted(files) {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: at, Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if strings.HasSuffix(f.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if strings.HasPrefix(f.name, "data/") {
			h.Uid, h.Gid = owner, owner
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func compressed(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression) // its head tells no time and no name
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

func zipped(files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range sorted(files) {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
		h.SetMode(os.FileMode(f.mode))
		to, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func sorted(files []file) []file {
	return slices.SortedFunc(slices.Values(files), func(a, b file) int { return strings.Compare(a.name, b.name) })
}
