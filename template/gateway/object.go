package gateway

import (
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/object"
)

// Object is something in S3.
type Object = object.Object

var (
	codeNames = object.Names{Bucket: "S3Bucket", Key: "S3Key", Version: "S3ObjectVersion"}
	bodyNames = object.Names{Bucket: "Bucket", Key: "Key", Version: "Version"}
)

// object is an object in S3 that a value names; nil for none that can be had, which is
// told with what would do instead.
func (g *region) object(r *resource, n tree.Node, at *tree.Path, names object.Names, what, instead string) *Object {
	o := object.Read(n, names)
	member, wrong := o.Wrong(names)
	switch {
	case g.Object == nil && o.Bucket != "" && o.Key != "":
		g.note(r, what+" is in S3, "+short(o.String())+", from where nothing is read without --services URL: give that, "+instead)
		return nil
	case wrong == "":
		return o
	case member != "":
		n, at = n.Get(member), at.Below(member)
	}
	g.fault(r, n, at, wrong, instead)
	return nil
}
