package up

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/cli/up/services"
	"github.com/dragoman-gateway/dragoman/internal/unzip"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// objects are what a template has in S3, fetched once in a session: what another upload
// leaves behind the same key is had by another start.
type objects struct {
	folder string                                          // of archives
	client func(context.Context) (*services.Client, error) // nil: nothing is fetched
	files  map[gateway.Object]string                       // archives by what they are
	texts  map[gateway.Object][]byte                       // OpenAPI documents, and what templates include
}

// text is what was fetched, for who reads a template.
func (o *objects) text(of gateway.Object) ([]byte, bool) {
	text, ok := o.texts[of]
	return text, ok
}

// documents fetches what a template could not be read without.
func (o *objects) documents(ctx context.Context, wanted []gateway.Object) error {
	for _, of := range wanted {
		var text bytes.Buffer
		c, err := o.client(ctx)
		if err == nil {
			err = c.Fetch(ctx, of.Bucket, of.Key, of.Version, &text, openapi.MaxDocument)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", &of, err)
		}
		if o.texts == nil {
			o.texts = map[gateway.Object][]byte{}
		}
		o.texts[of] = text.Bytes()
	}
	return nil
}

// archive is a file with an archive of code or a layer. Its name has nothing of the key.
func (o *objects) archive(ctx context.Context, of gateway.Object) (file string, err error) {
	if file, ok := o.files[of]; ok {
		return file, nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", &of, err)
		}
	}()
	c, err := o.client(ctx)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(o.folder, "objects")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(of.String()))
	file = filepath.Join(folder, hex.EncodeToString(sum[:12])+".zip")
	to, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	// An archive is no larger than what may come of it.
	err = c.Fetch(ctx, of.Bucket, of.Key, of.Version, to, unzip.Package.Bytes)
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file))
	}
	if o.files == nil {
		o.files = map[gateway.Object]string{}
	}
	o.files[of] = file
	return file, nil
}
