package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/dragoman-gateway/dragoman/wire"
)

// invoke calls the operation, and again for every page of a list unless the
// command line asks for one page.
func (f *inputFlags) invoke(ctx context.Context, c *apiClient, members map[string]any) ([]byte, error) {
	o := f.operation
	token, size := pagingOf(o)
	if o.Items == "" || f.noPaginate || members[token] != nil || members[size] != nil {
		return c.Invoke(ctx, o.Name, members)
	}
	if f.starting != "" {
		members[token] = f.starting
	}
	all := []json.RawMessage{}
	for {
		if n := f.nextSize(len(all)); n > 0 {
			members[size] = strconv.Itoa(n)
		}
		body, err := c.Invoke(ctx, o.Name, members)
		if err != nil {
			return nil, err
		}
		page, next, err := readPage(o, token, body)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" || f.maxItems > 0 && len(all) >= f.maxItems {
			return joinPages(o, token, all, next)
		}
		members[token] = next
	}
}

// nextSize is how many items to ask for: no more than are still wanted, so that
// the token of the last page goes on exactly behind it.
func (f *inputFlags) nextSize(have int) int {
	n := f.pageSize
	if f.maxItems > 0 && (n == 0 || f.maxItems-have < n) {
		n = f.maxItems - have
	}
	return n
}

func pagingOf(o *wire.Operation) (token, size string) {
	if o.V1 {
		return "position", "limit"
	}
	return "nextToken", "maxResults"
}

func readPage(o *wire.Operation, token string, body []byte) (items []json.RawMessage, next string, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, "", fmt.Errorf("the answer is not what was expected: %w", err)
	}
	if raw, ok := members[o.Items]; ok {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, "", fmt.Errorf("the answer is not what was expected: %w", err)
		}
	}
	if raw, ok := members[token]; ok {
		_ = json.Unmarshal(raw, &next) // anything but a text is no token
	}
	return items, next, nil
}

func joinPages(o *wire.Operation, token string, items []json.RawMessage, next string) ([]byte, error) {
	members := map[string]any{o.Items: items}
	if next != "" {
		members[token] = next
	}
	return json.Marshal(members)
}
