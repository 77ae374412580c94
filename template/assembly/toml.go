package assembly

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// treeOf is a tree of what TOML decodes to.
func treeOf(v any) tree.Node {
	switch v := v.(type) {
	case map[string]any:
		object := tree.Object()
		for _, name := range slices.Sorted(maps.Keys(v)) {
			object.Set(name, treeOf(v[name]))
		}
		return object
	case []map[string]any:
		list := tree.List()
		for _, item := range v {
			list.Add(treeOf(item))
		}
		return list
	case []any:
		list := tree.List()
		for _, item := range v {
			list.Add(treeOf(item))
		}
		return list
	case bool:
		return tree.Bool(v)
	// Parameters are texts to CloudFormation, so a number is kept as it was written, as
	// far as TOML lets see it.
	case int64:
		return tree.Text(strconv.FormatInt(v, 10))
	case time.Time:
		return tree.Text(v.Format(time.RFC3339))
	}
	return tree.Text(fmt.Sprint(v))
}
