package gateway

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// layer notes where the content of a layer is.
func (g *region) layer(r *resource) {
	g.layers[r.PhysicalID] = g.content(r)
}

// content is the content of a layer; nil for one that is not here, which is told.
func (g *region) content(r *resource) *Layer {
	content, at := r.get("Content"), r.properties().Below("Content")
	l := &Layer{Name: cmp.Or(g.Authored[r.LogicalID], r.LogicalID)}
	switch asset := r.Metadata.Get("aws:asset:path"); {
	case content.Text() != "":
		l.Content = beside(r, content)
	case content.IsObject():
		if name, ok := g.asset(content.Get("S3Key")); ok {
			l.Content = name
		} else if asset.Text() != "" {
			l.Content = beside(r, asset)
		}
	}
	if l.Content == "" && r.Lacks("Content") {
		return nil
	}
	if l.Content == "" {
		l.Object = g.object(r, content, at, codeNames, "its content", "name the folder as Content")
		if l.Object == nil {
			return nil
		}
		return l
	}
	info, err := g.Files.Stat(l.Content)
	if err != nil {
		g.fault(r, content, at, "there is no layer at "+l.Content+": "+whyNot(err, 0, 0), "paths are relative to the template's folder")
		return nil
	}
	if b := g.buildOf(r); b != nil && info.IsDir() {
		l.Name = b.Target
		l.Build = g.layerBuild(r, b, l.Content)
	}
	return l
}

// layerBuild says how a layer is built; nil for one that is laid out already.
//
// Documented: AWS SAM Developer Guide, Building Lambda layers in AWS SAM: BuildMethod is
// the identifier of a runtime, or makefile.
func (g *region) layerBuild(r *resource, b *Build, folder string) *Build {
	manifest := ""
	switch {
	case b.Method == "makefile":
		return b
	case strings.HasPrefix(b.Method, "nodejs"):
		manifest = "package.json"
	case strings.HasPrefix(b.Method, "python"):
		manifest = "requirements.txt"
	case g.laidOut(folder):
		return nil
	case strings.HasPrefix(b.Method, "java"), strings.HasPrefix(b.Method, "ruby"):
		return b
	default:
		g.note(r, "nothing here builds layers with BuildMethod "+b.Method+": run sam build, and name .aws-sam/build/template.yaml; or BuildMethod: makefile")
		return nil
	}
	// Assumed: a folder that looks as /opt does and asks for no packages is what its
	// author wants there. SAM would put it a folder deeper, where no runtime looks.
	if _, err := g.Files.Stat(path.Join(folder, manifest)); err != nil && g.laidOut(folder) {
		return nil
	}
	return b
}

// laidOut says whether a folder looks as /opt does.
//
// Documented: AWS Lambda Developer Guide, Packaging your layer content.
func (g *region) laidOut(name string) bool {
	return slices.ContainsFunc([]string{"nodejs", "python", "ruby", "java", "bin", "lib"}, func(folder string) bool {
		info, err := g.Files.Stat(path.Join(name, folder))
		return err == nil && info.IsDir()
	})
}

func (g *region) layersOf(r *resource) (layers []Layer) {
	for _, n := range r.get("Layers").Items() {
		layer, known := g.layers[n.Text()]
		switch {
		case layer != nil:
			layers = append(layers, *layer)
		// Documented: CloudFormation Template Reference, AWS::Lambda::Function, Layers:
		// ARNs of versions, which others may have published. Their content is in AWS.
		case !known:
			g.note(r, "the layer "+short(n.Text())+" is not in the template, so it is left out")
		}
	}
	return layers
}
