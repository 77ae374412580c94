package object

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// Object is something in S3. What is behind its key may be another thing later.
type Object struct {
	Bucket, Key string
	Version     string // "" for the newest
}

// String is the object's URL.
func (o *Object) String() string {
	url := "s3://" + o.Bucket + "/" + o.Key
	if o.Version != "" {
		url += "?versionId=" + o.Version
	}
	return url
}

// Names are the members by which a property names an object.
type Names struct{ Bucket, Key, Version string }

// Read reads an object that a value names.
func Read(n tree.Node, names Names) *Object {
	return &Object{n.Get(names.Bucket).Text(), n.Get(names.Key).Text(), n.Get(names.Version).Text()}
}

// host is S3's own name in an address, with the bucket before it or in the path.
//
// Documented: Amazon S3 User Guide, Virtual hosting of general purpose buckets: both
// forms, with the region after a dot, after a dash in old addresses, or without.
var host = regexp.MustCompile(`^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$`)

// At is the object that an address names, such as s3://BUCKET/KEY and what S3 has for it
// on the web; false for what names none.
func At(address string) (*Object, bool) {
	o := &Object{}
	if rest, is := strings.CutPrefix(address, "s3://"); is {
		// What stands behind it is a key as it is, and no escaped path.
		rest, o.Version, _ = strings.Cut(rest, "?versionId=")
		o.Bucket, o.Key, _ = strings.Cut(rest, "/")
	} else {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" {
			return nil, false
		}
		m := host.FindStringSubmatch(u.Hostname())
		if m == nil {
			return nil, false
		}
		o.Bucket, o.Key, o.Version = m[1], strings.TrimPrefix(u.Path, "/"), u.Query().Get("versionId")
		if o.Bucket == "" {
			o.Bucket, o.Key, _ = strings.Cut(o.Key, "/")
		}
	}
	_, wrong := o.Wrong(Names{"Bucket", "Key", "Version"})
	return o, wrong == ""
}

// bucketName holds a name to what can stand in a path.
//
// Documented: Amazon S3 User Guide, General purpose bucket naming rules.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// mostKey is how many bytes the key of an object may have.
//
// Documented: Amazon S3 User Guide, Naming Amazon S3 objects.
const mostKey = 1024

// Wrong says what is wrong with an object, and in which member, "" for all of it.
func (o *Object) Wrong(names Names) (member, what string) {
	switch {
	case o.Bucket == "" || o.Key == "":
		return "", "both " + names.Bucket + " and " + names.Key + " are needed of an object in S3"
	case !bucketName.MatchString(o.Bucket):
		return names.Bucket, strconv.Quote(o.Bucket[:min(len(o.Bucket), 100)]) + " is no name of a bucket"
	case len(o.Key) > mostKey:
		return names.Key, "a key of an object has at most " + strconv.Itoa(mostKey) + " bytes"
	}
	return "", ""
}
