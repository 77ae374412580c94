package family

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Find reads a noun of a collection, or says that what names it is invalid.
func Find[T any](ctx context.Context, reader store.Reader, at catalog.Collection[T], name, id string) (*T, error) {
	noun, err := at.Get(ctx, reader, id)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, NotFound(name)
	}
	return noun, Legible(err)
}

// Legible words an error for whoever calls: what cannot be read can be deleted.
func Legible(err error) error {
	if unreadable, ok := errors.AsType[*catalog.Unreadable](err); ok {
		// Not a 500, which clients repeat: this needs somebody to act.
		return Conflict("%v. Delete it and make it anew.", unreadable)
	}
	return err
}

// NotFound says that what names a noun is invalid.
func NotFound(name string) error {
	return fault.New(fault.NotFound, "Invalid %s identifier specified", name)
}

// BadRequest refuses what was asked for.
func BadRequest(format string, args ...any) error {
	return fault.New(fault.BadRequest, format, args...)
}

// Conflict refuses what does not go with what is stored.
func Conflict(format string, args ...any) error {
	return fault.New(fault.Conflict, format, args...)
}

// IsNotFound reports whether something is not there, by the store's word or ours.
func IsNotFound(err error) bool {
	return err != nil && (errors.Is(err, catalog.ErrNotFound) || fault.KindOf(err) == fault.NotFound)
}

// AsBadRequest turns the NotFound of something that a body names into a BadRequest.
//
// Observed: AWS keeps 404 for what the path names.
func AsBadRequest(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return BadRequest("%s", fault.Message(err))
	}
	return err
}
