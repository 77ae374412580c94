package input

import "github.com/dragoman-gateway/dragoman/mapping/vtl/java"

// Kept is what the templates of a call stored in $context.requestOverride and
// $context.responseOverride so far, independent of their renderings.
//
// Observed: what the template of a request put into $context.requestOverride and
// $context.responseOverride is still there in the template of the response.
type Kept struct {
	request, response java.Value
	foreign           []*java.Foreign // within them; they print through a rendering
}

// restore shows a template what an earlier one overrode.
func (c *Context) restore(k *Kept) {
	java.Adopt(k.foreign, c.vm)
	for _, group := range [...]sub{{"requestOverride", k.request}, {"responseOverride", k.response}} {
		if group.v.Kind != java.Null {
			c.subs = append(c.subs, group)
		}
	}
}

// maxKept is how many bytes a call may keep from one template to the next: the
// backend in between may take long.
const maxKept = 1 << 20

// Keep copies what the template stored. It answers nil when there is nothing, or
// when the rendering fails of it.
func (c *Context) Keep() *Kept {
	if c.d == nil && len(c.subs) == 0 {
		return nil // nobody asked for a group, nor did an earlier template: so it is nearly always
	}
	request, response := c.override("requestOverride"), c.override("responseOverride")
	if c.d == nil && request.Kind == java.Null && response.Kind == java.Null {
		return nil // for neither
	}
	k := java.NewKeeper(c.vm, maxKept)
	kept := &Kept{request: k.Copy(request), response: k.Copy(response)}
	if kept.foreign = k.Foreign; k.Bytes > maxKept {
		c.vm.Fail(java.ErrMemory)
	}
	if c.vm.Done {
		return nil
	}
	return kept
}

func (c *Context) override(name string) java.Value {
	if c.d != nil {
		v, _ := c.d.GetString(name)
		return v
	}
	v, _ := c.group(name)
	return v
}

// RequestOverrides are those of the request as plain Go, nil for none: nil, bool,
// int64, float64, string, []any and map[string]any by name. They are printed through
// the VM.
func (k *Kept) RequestOverrides(vm *java.VM) map[string]any { return k.plain(vm, k.request) }

// ResponseOverrides are those of the response.
func (k *Kept) ResponseOverrides(vm *java.VM) map[string]any { return k.plain(vm, k.response) }

func (k *Kept) plain(vm *java.VM, group java.Value) map[string]any {
	java.Adopt(k.foreign, vm)
	return java.PlainGroup(vm, group)
}
