package clone

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"unicode"

	"github.com/dragoman-gateway/dragoman/client"
)

// maxItems bounds how many items of a list are read.
const maxItems = 100_000

// reader reads from a server, and notes what it could not read.
type reader struct {
	*client.Client
	region string
	say    func(string)
	report *Report
}

func (r *reader) progress(format string, args ...any) {
	if r.say != nil {
		r.say(fmt.Sprintf(format, args...))
	}
}

// all reads a list. What the server refuses is noted for owner, and read as far as it
// came; the error is one that ends the run.
func all[T any](ctx context.Context, r *reader, owner string, list iter.Seq2[T, error]) ([]T, error) {
	var items []T
	for item, err := range list {
		if err == nil && len(items) == maxItems {
			err = fmt.Errorf("a list has more than %d items", maxItems)
		}
		if err != nil {
			return items, r.unread(ctx, owner, err)
		}
		items = append(items, item)
	}
	return items, nil
}

// offered is all for a list that not every server has: none there is an empty one.
func offered[T any](ctx context.Context, r *reader, owner string, list iter.Seq2[T, error]) ([]T, error) {
	return all(ctx, r, owner, func(yield func(T, error) bool) {
		for item, err := range list {
			if absent(err) || !yield(item, err) {
				return
			}
		}
	})
}

// unread notes that a part could not be read, or gives the error that ends the run.
func (r *reader) unread(ctx context.Context, owner string, err error) error {
	if fatal(ctx, err) {
		return plain(err)
	}
	response, _ := errors.AsType[*client.ResponseError](err)
	r.report.unread(owner, response.Operation, plain(err).Error())
	return nil
}

// unknown are the exceptions that say that the key is not good, for whatever call.
var unknown = map[string]bool{
	"UnrecognizedClientException": true, "InvalidClientTokenId": true, "InvalidSignatureException": true, "SignatureDoesNotMatch": true,
	"MissingAuthenticationTokenException": true, "IncompleteSignatureException": true, "IncompleteSignature": true,
	"ExpiredTokenException": true, "ExpiredToken": true, "RequestExpired": true, "InvalidAccessKeyId": true, "OptInRequired": true,
}

// fatal says whether an error stands for every call that would follow: the server was
// not reached, or does not know the key. All else is about one part.
func fatal(ctx context.Context, err error) bool {
	response, ok := errors.AsType[*client.ResponseError](err)
	return ctx.Err() != nil || !ok || unknown[response.Code]
}

// plain words an error of a call in one line: which operation, what it was refused
// with, and what the server said of it.
func plain(err error) error {
	response, ok := errors.AsType[*client.ResponseError](err)
	if !ok {
		return err
	}
	// What is no exception of AWS is some other program's page.
	if response.Code == "" {
		return &refusal{fmt.Sprintf("%s: the server answered %d %s", response.Operation, response.StatusCode, http.StatusText(response.StatusCode)), err}
	}
	return &refusal{fmt.Sprintf("%s: %s: %s", response.Operation, response.Code, short(response.Message)), err}
}

// refusal is an answer of failure in one line.
type refusal struct {
	text string
	err  error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.err }

// maxWords is how many bytes of what a server says are told.
const maxWords = 600

// short makes one line of a text, and not a long one. Control characters could play
// with the terminal that it is printed to.
func short(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return text
}
