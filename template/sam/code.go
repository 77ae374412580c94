package sam

import (
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// code is where a function's code is: InlineCode as ZipFile, an object in S3, or the text
// of a local folder or file. Without any it is the template's folder, as "sam build" has
// it.
// Documented: AWS SAM Developer Guide, AWS::Serverless::Function:
// CodeUri, InlineCode, PackageType and ImageUri.
func (t *transform) code(r *resource) tree.Node {
	p := r.props
	if p.get("PackageType").Text() == "Image" {
		uri := p.get("ImageUri")
		made := object(r.begin())
		if uri.Null() {
			// Documented: AWS SAM Developer Guide, Default build
			// with AWS SAM, Building a container image: an image that is still to be built
			// has no URI yet, but Metadata with a Dockerfile or its context.
			if r.get("Metadata").get("Dockerfile").Null() && r.get("Metadata").get("DockerContext").Null() {
				uri.fault("an image needs ImageUri", "or Metadata that says how to build it")
			}
			return made
		}
		return made.Put(uri.key, uri.Node)
	}
	// Observed: the translator prefers InlineCode where there is a CodeUri too, which
	// Globals may give to every function.
	if inline := p.get("InlineCode"); !inline.Null() {
		return object(inline.key).Put(text(inline.key, "ZipFile"), inline.Node)
	}
	uri := p.get("CodeUri")
	if uri.Null() {
		return text(r.begin(), ".")
	}
	return location(uri, "S3Bucket", "S3Key", "S3ObjectVersion")
}

var inS3 = members("Bucket! Key! Version")

// location is where something is kept, with members of these names when it is in S3. A
// local place stays the text that it is.
// Documented: AWS SAM Developer Guide, FunctionCode: Bucket, Key
// and Version of an object, or a text s3://bucket/key. LayerContent and HttpApiDefinition
// are written in the same way.
func location(s spot, bucket, key, version string) tree.Node {
	switch {
	case intrinsic(s.Node) != "":
		return s.Node
	case s.IsObject():
		inS3.loose(s, "an object in S3")
		inS3.needed(s, "an object in S3")
		made := renamed(object(s.key), s.Node, "Bucket", bucket)
		return renamed(renamed(made, s.Node, "Key", key), s.Node, "Version", version)
	case !isText(s.Node):
		s.fault("it must be a text or an object", "")
		return s.Node
	}
	parsed, err := url.Parse(s.Text())
	if err != nil || parsed.Scheme != "s3" || parsed.Host == "" || strings.Trim(parsed.Path, "/") == "" {
		if strings.HasPrefix(s.Text(), "s3://") {
			s.fault("it is no place in S3", "write s3://bucket/key")
		}
		return s.Node
	}
	from := s.Node
	made := object(s.key).Put(text(from, bucket), text(from, parsed.Host)).Put(text(from, key), text(from, strings.TrimLeft(parsed.Path, "/")))
	// Observed: the translator reads the version of an object from the query of its URL.
	if v := parsed.Query()["versionId"]; len(v) == 1 {
		made.Put(text(from, version), text(from, v[0]))
	}
	return made
}
