package program

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// library is the native library of the runtime client for Java, in a file of its own; "" has
// the client unpack it by itself.
//
// Observed: the client writes it to one name in /tmp, for it has a machine to itself on
// Lambda. Here processes start side by side: one would load what another has half written,
// and end; and what another user has left there could not be overwritten.
func (m *Maker) library(client, java string) (string, error) {
	name := libraryFor(java)
	if name == "" {
		return "", nil
	}
	if file := filepath.Join(client, "jni", name); isThere(file) { // an unpacked jar
		return file, nil
	}
	archive, err := zip.OpenReader(client)
	if err != nil {
		return "", nil // the client says what is wrong with its own jar
	}
	defer archive.Close()
	for _, f := range archive.File {
		if f.Name != "jni/"+name {
			continue
		}
		// Functions with the same client share the file.
		path := filepath.Join(m.Folder, fmt.Sprintf("%08x-%d-%s", f.CRC32, f.UncompressedSize64, name))
		if isThere(path) {
			return path, nil
		}
		return path, unpack(f, path)
	}
	return "", nil
}

// unpack writes a file of an archive.
func unpack(f *zip.File, path string) error {
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	return writeWhole(path, from)
}

// writeWhole writes a file that others may look for meanwhile: it is there whole or not at
// all.
func writeWhole(path string, from io.Reader) error {
	to, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	defer os.Remove(to.Name()) // it has another name by then
	_, err = io.Copy(to, from)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(to.Name(), path)
}

// libraryFor is the name of the library that fits a program, which is java: its processor and
// its C library count. "" says that none is known to.
func libraryFor(java string) string {
	// What version managers put into the PATH is a script: the shell tells the same then.
	for _, program := range []string{java, "/bin/sh"} {
		file, err := elf.Open(program)
		if err != nil {
			continue
		}
		defer file.Close()
		machine := map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "aarch_64"}[file.Machine]
		if machine == "" {
			return ""
		}
		system := "linux"
		for _, part := range file.Progs {
			// The path of what loads it, such as /lib/ld-musl-x86_64.so.1, is a line at most.
			if loader := make([]byte, min(part.Filesz, 256)); part.Type == elf.PT_INTERP {
				if _, err := part.ReadAt(loader, 0); err == nil && bytes.Contains(loader, []byte("musl")) {
					system = "linux_musl"
				}
			}
		}
		return "libaws-lambda-jni." + system + "-" + machine + ".so"
	}
	return ""
}
