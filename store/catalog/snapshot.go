package catalog

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// maxSnapshot bounds what a compressed configuration may unfold to, in bytes.
const maxSnapshot = 256 << 20

// snapshotForm is the first byte of a kept configuration, so that its form can change.
const snapshotForm = 1

// PutDeployment puts a deployment and the configuration that it freezes.
func PutDeployment(ctx context.Context, tx store.Tx, region, apiId string, d *Deployment, s *resource.Snapshot) error {
	body, err := Freeze(s)
	if err != nil {
		return err
	}
	return PutFrozen(ctx, tx, region, apiId, d, body)
}

// PutFrozen puts a deployment and the configuration that Freeze has made of it.
func PutFrozen(ctx context.Context, tx store.Tx, region, apiId string, d *Deployment, body []byte) error {
	if err := Deployments(region, apiId).Put(ctx, tx, d.DeploymentId, d); err != nil {
		return err
	}
	return tx.Put(ctx, FrozenKey(region, apiId, d.DeploymentId), body)
}

// Frozen is the configuration that a deployment froze, as it is kept.
type Frozen struct{ doc store.Document }

// LoadFrozen finds what a deployment froze, or answers ErrNotFound.
func LoadFrozen(ctx context.Context, r store.Reader, region, apiId, deploymentId string) (Frozen, error) {
	doc, err := r.Get(ctx, FrozenKey(region, apiId, deploymentId))
	return Frozen{doc}, err
}

// FrozenKey is the key of what a deployment froze.
func FrozenKey(region, apiId, deploymentId string) store.Key {
	return store.Join(snapshots, region, apiId, deploymentId)
}

// Revision is that of the last write: another one is another configuration.
func (f Frozen) Revision() int64 { return f.doc.Revision }

// Size is how many bytes it is kept in.
func (f Frozen) Size() int { return len(f.doc.Body) }

// Thaw unfolds the configuration; the error is an *Unreadable.
func (f Frozen) Thaw() (*resource.Snapshot, error) {
	s, err := thaw(f.doc.Body)
	if err != nil {
		return nil, &Unreadable{f.doc.Key, err}
	}
	return s, nil
}

// LoadDeployment reads the configuration that a deployment froze, or answers ErrNotFound.
func LoadDeployment(ctx context.Context, r store.Reader, region, apiId, deploymentId string) (*resource.Snapshot, error) {
	f, err := LoadFrozen(ctx, r, region, apiId, deploymentId)
	if err != nil {
		return nil, err
	}
	return f.Thaw()
}

// DeleteDeployment removes a deployment with what it froze, or answers ErrNotFound.
func DeleteDeployment(ctx context.Context, tx store.Tx, region, apiId, deploymentId string) error {
	if err := Deployments(region, apiId).Delete(ctx, tx, deploymentId); err != nil {
		return err
	}
	return DeleteFrozen(ctx, tx, region, apiId, deploymentId)
}

// DeleteFrozen removes what a deployment froze, if it is there.
func DeleteFrozen(ctx context.Context, tx store.Tx, region, apiId, deploymentId string) error {
	return tx.DeleteAll(ctx, FrozenKey(region, apiId, deploymentId))
}

// Freeze packs a configuration as deployments keep it.
func Freeze(s *resource.Snapshot) ([]byte, error) {
	return fold(func(w *bufio.Writer) error { return json.NewEncoder(w).Encode(s) })
}

// folder packs configurations. Its tables take 1.2 MB, a hundred times what a deployment
// of a few routes is otherwise made with: as garbage they were most of why a gateway that is
// deployed to again and again collects.
type folder struct {
	text *bufio.Writer // to flat: what is written is short pieces
	flat *flate.Writer
}

var folders = sync.Pool{New: func() any {
	// A caller waits while it is packed, and what configurations repeat is found at any speed.
	flat, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return &folder{bufio.NewWriter(flat), flat}
}}

// fold packs a text.
func fold(write func(w *bufio.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte(snapshotForm)
	f := folders.Get().(*folder)
	defer folders.Put(f)
	f.flat.Reset(&b)
	f.text.Reset(f.flat)
	if err := write(f.text); err != nil {
		return nil, err
	}
	if err := f.text.Flush(); err != nil {
		return nil, err
	}
	if err := f.flat.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func thaw(body []byte) (*resource.Snapshot, error) {
	u := unfolders.Get().(*unfolder)
	defer u.release()
	text, err := u.unfold(body)
	if err != nil {
		return nil, err
	}
	s := &resource.Snapshot{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	return s, nil
}

// Check says whether what a deployment froze can be unfolded and is JSON; the error is an
// *Unreadable. It makes no garbage, so that thousands can be looked at.
func Check(doc store.Document) error {
	u := unfolders.Get().(*unfolder)
	defer u.release()
	text, err := u.unfold(doc.Body)
	if err == nil && !json.Valid(text) {
		err = errors.New("the frozen configuration is not JSON")
	}
	if err != nil {
		return &Unreadable{doc.Key, err}
	}
	return nil
}

// unfolder unpacks frozen configurations. Its tables take 40 KB and what it unpacks much more:
// both are used again.
type unfolder struct {
	from bytes.Reader
	flat io.ReadCloser
	text bytes.Buffer
}

// A pool and not one for each caller: a gateway that starts unpacks thousands, one after the other.
var unfolders = sync.Pool{New: func() any { return new(unfolder) }}

// largeText is how much room is kept for the next one, in bytes.
const largeText = 1 << 20

func (u *unfolder) release() {
	u.from.Reset(nil)
	if u.text.Cap() > largeText {
		u.text = bytes.Buffer{}
	}
	unfolders.Put(u)
}

// unfold unpacks a configuration; the text is good until release.
func (u *unfolder) unfold(body []byte) ([]byte, error) {
	if len(body) == 0 || body[0] != snapshotForm {
		return nil, errors.New("the frozen configuration has an unknown form")
	}
	u.from.Reset(body[1:])
	u.text.Reset()
	if u.flat == nil {
		u.flat = flate.NewReader(&u.from)
	} else if err := u.flat.(flate.Resetter).Reset(&u.from, nil); err != nil {
		return nil, err
	}
	// One byte more than is allowed tells what is too large from what just fits.
	if _, err := u.text.ReadFrom(io.LimitReader(u.flat, maxSnapshot+1)); err != nil {
		return nil, err
	}
	if u.text.Len() > maxSnapshot {
		return nil, errors.New("the frozen configuration is too large")
	}
	return u.text.Bytes(), nil
}
