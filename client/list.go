package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
)

// maxPages bounds how many pages a list may have: a server that always knows one more
// must not keep its reader for ever.
const maxPages = 10_000

// List is one page of a list.
type List[T any] struct {
	Items     []T
	NextToken *string // where to go on; nil on the last page
}

// UnmarshalJSON reads the page in any of the forms that operations have for it.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	var page struct {
		Items        []T     `json:"items"`
		Item         []T     `json:"item"`
		RoutingRules []T     `json:"routingRules"`
		NextToken    *string `json:"nextToken"`
		Position     *string `json:"position"`
	}
	if err := json.Unmarshal(b, &page); err != nil {
		return err
	}
	for _, items := range [][]T{page.Items, page.Item, page.RoutingRules} {
		if items != nil {
			l.Items = items
		}
	}
	for _, token := range []*string{page.NextToken, page.Position} {
		if token != nil && *token != "" {
			l.NextToken = token
		}
	}
	return nil
}

// all goes through a list page by page, from token on. An error ends it.
func all[T any](ctx context.Context, begin *string, next func(ctx context.Context, token *string) (*List[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		token := begin
		for range maxPages {
			page, err := next(ctx, token)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.NextToken != nil && token != nil && *page.NextToken == *token {
				yield(none, errors.New("the list does not end: a page names itself as the next one"))
				return
			}
			if token = page.NextToken; token == nil {
				return
			}
		}
		yield(none, errors.New("the list does not end: it has too many pages"))
	}
}
