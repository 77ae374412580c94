package up

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/internal/unzip"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// place puts code and layers that are no folders of the user's into some of the state,
// and tells a function of them. Text that has changed is written where it was, so that
// the next invocation runs it.
func place(ctx context.Context, folder string, from *objects, of *gateway.Function, f *local.Function) (err error) {
	prefix := filepath.Join(folder, f.Name)
	switch {
	case of.Code.Object != nil:
		var file string
		if file, err = from.archive(ctx, *of.Code.Object); err == nil {
			f.Dir, err = unpacked(ctx, prefix, file)
		}
	case of.Code.Zip != "":
		f.Dir, err = unpacked(ctx, prefix, filepath.FromSlash(of.Code.Zip))
	case of.Code.Dir == "":
		f.Dir, err = prefix, written(prefix, filepath.Base(of.Code.FileName), of.Code.Inline)
	}
	for i := range of.Layers {
		if err == nil {
			err = placeLayer(ctx, folder, from, &of.Layers[i], &f.Layers[i])
		}
	}
	return err
}

// placeLayer is place for a layer. What is built of one is kept beside the folder, which
// every session begins anew.
func placeLayer(ctx context.Context, folder string, from *objects, of *gateway.Layer, l *local.Layer) (err error) {
	file := l.Dir
	if of.Object != nil {
		if file, err = from.archive(ctx, *of.Object); err != nil {
			return fmt.Errorf("its layer %s: %w", of.Name, err)
		}
	}
	if info, wrong := os.Stat(file); wrong == nil && !info.IsDir() {
		l.Dir, err = unpacked(ctx, filepath.Join(folder, "layer"), file)
	}
	if l.Build.Method != "" {
		l.Cache = filepath.Join(filepath.Dir(folder), "layers")
	}
	return err
}

// written makes a file of a folder hold a text, and leaves one alone that does.
func written(dir, name, text string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(dir, name)
	if there, err := os.ReadFile(file); err == nil && string(there) == text {
		return nil
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

// unpacked is the folder that an archive was unpacked to, one for each content.
func unpacked(ctx context.Context, prefix, file string) (string, error) {
	text, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer text.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, text); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(prefix), 0o700); err != nil {
		return "", err
	}
	dir := prefix + "-" + hex.EncodeToString(sum.Sum(nil)[:6])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	// A folder that is half written is never found by its name.
	making := dir + ".new"
	if err := errors.Join(os.RemoveAll(making), os.MkdirAll(making, 0o700)); err != nil {
		return "", err
	}
	if err := unzip.Into(ctx, making, text, unzip.Package); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return dir, os.Rename(making, dir)
}
