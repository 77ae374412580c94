package assembly

import (
	"path"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// maxAssemblies is how deep assemblies may stand in each other: stages within stages.
// Documented: AWS CDK Developer Guide, Stages: each makes an assembly inside the one of
// its app; a manifest that named itself would have no end.
const maxAssemblies = 10

// cdk takes a cloud assembly of the CDK with all of its stacks.
//
// Documented: AWS CDK, cloud-assembly-schema: artifacts of manifest.json.
func (f *finder) cdk(folder string) string {
	before := len(f.Stacks)
	f.manifest(folder, 0)
	f.renamed(f.Stacks[before:])
	if len(f.Stacks) == before {
		if len(f.Faults) == 0 {
			f.fault(path.Join(folder, "manifest.json"), "the assembly has no stack with resources", "")
		}
		return ""
	}
	return folder + " (CDK, " + count(len(f.Stacks)-before, "stack") + ")"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// renamed gives stacks the name that the user chose: to one, and as a beginning to
// several.
func (f *finder) renamed(stacks []Stack) {
	for i := range stacks {
		switch {
		case f.o.StackName == "":
		// Documented: AWS CDK Developer Guide, Stacks: names need only differ within an
		// account and region, so several that took one name would be one.
		case len(stacks) == 1:
			stacks[i].Name = stackName(f.o.StackName)
		default:
			stacks[i].Name = stackName(f.o.StackName + "-" + stacks[i].Name)
		}
	}
}

func (f *finder) manifest(folder string, depth int) {
	name := path.Join(folder, "manifest.json")
	root, ok := f.json(name)
	if !ok {
		return
	}
	if depth > maxAssemblies {
		f.fault(name, "assemblies are nested too deeply", "")
		return
	}
	// Documented: AWS CDK, cloud-assembly-schema, MissingContext: dummies stand in the
	// templates until the values were looked up in an account.
	for _, missing := range root.Get("missing").Items() {
		f.Notes = append(f.Notes, source.Fault{File: name, Line: missing.Line(), Message: "the context " + missing.Get("key").Text() + " was not looked up: a dummy stands for it", Hint: "cdk synth with credentials, or cdk.context.json"})
	}
	artifacts := root.Get("artifacts")
	// Before the stacks, whose templates name what is in it by keys alone.
	for _, artifact := range artifacts.Members() {
		if artifact.Get("type").Text() == "cdk:asset-manifest" {
			f.assetManifest(folder, artifact.Get("properties", "file").Text())
		}
	}
	for id, artifact := range artifacts.Members() {
		switch artifact.Get("type").Text() {
		// Documented: AWS CDK, cloud-assembly-schema, ArtifactType. Others (tree, feature
		// flags) say nothing of what is deployed; an assembly in the assembly is a stage.
		case "aws:cloudformation:stack":
			f.stack(folder, id, artifact)
		case "cdk:cloud-assembly":
			f.manifest(path.Join(folder, artifact.Get("properties", "directoryName").Text()), depth+1)
		}
	}
}

// json reads a file in JSON.
func (f *finder) json(name string) (tree.Node, bool) {
	text, ok := f.read(name)
	if !ok {
		return tree.Node{}, false
	}
	root, broken := tree.ParseAll(text)
	f.Faults = append(f.Faults, source.Broken(name, broken)...)
	if len(broken) > 0 || !root.IsObject() {
		if len(broken) == 0 {
			f.fault(name, "expected an object of JSON", "")
		}
		return tree.Node{}, false
	}
	return root.InFile(name), true
}

// assetManifest notes where files lie that templates look for in buckets.
func (f *finder) assetManifest(folder, file string) {
	if file == "" {
		return
	}
	root, ok := f.json(path.Join(folder, file))
	if !ok {
		return
	}
	for _, asset := range root.Get("files").Members() {
		source := asset.Get("source", "path").Text()
		// An asset may be made by a program (executable) when it is published: it is in no
		// folder, and nothing is run to get it.
		if source == "" {
			continue
		}
		for _, to := range asset.Get("destinations").Members() {
			f.assets[to.Get("objectKey").Text()] = beside(folder, source)
		}
	}
}

// beside is a file that is named in another of a folder.
func beside(folder, name string) string {
	// Assets that were not staged (aws:cdk:disable-asset-staging) are where their sources
	// are.
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(folder, name)
}

// stack takes the template of a stack.
func (f *finder) stack(folder, id string, artifact tree.Node) {
	properties := artifact.Get("properties")
	name := beside(folder, properties.Get("templateFile").Text())
	text, ok := f.read(name)
	if !ok {
		f.Unread = append(f.Unread, name)
		return
	}
	root, ok := f.parsed(name, text)
	if !ok {
		return
	}
	// Observed: aws-cdk 2: a stack without resources is skipped with a warning when an app
	// is deployed; integration tests of the CDK have one for their assertions, stages those
	// whose resources went to others.
	if root.Get("Resources").Len() == 0 {
		f.Notes = append(f.Notes, source.Fault{File: name, Line: 1, Message: "the stack " + id + " has no resources: it is left out"})
		return
	}
	s := Stack{Name: properties.Get("stackName").Text(), Template: root, Parameters: map[string]string{}}
	// Documented: AWS CDK, cloud-assembly-schema, AwsCloudFormationStackProperties:
	// stackName is left out where it is the artifact's id.
	if s.Name == "" {
		s.Name = id
	}
	s.Account, s.Region = environment(artifact.Get("environment").Text())
	for name, value := range properties.Get("parameters").Members() {
		s.Parameters[name] = value.Text()
	}
	for _, entries := range artifact.Get("metadata").Members() {
		for _, entry := range entries.Items() {
			if entry.Get("type").Text() == "aws:cdk:asset" {
				f.oldAsset(&s, folder, entry.Get("data"))
			}
		}
	}
	f.add(s, id)
}

// environment reads aws://ACCOUNT/REGION, of which either may not be known.
func environment(text string) (account, region string) {
	// Documented: AWS CDK Developer Guide, Environments: a stack that names none is for
	// wherever it is deployed to, and has unknown- in their places.
	account, region, _ = strings.Cut(strings.TrimPrefix(text, "aws://"), "/")
	if account == "unknown-account" {
		account = ""
	}
	if region == "unknown-region" {
		region = ""
	}
	return account, region
}

// oldAsset is an asset of an assembly of the older kind, whose templates are told by
// parameters where it is: a bucket, and a key in two parts.
// Documented: AWS CDK, cloud-assembly-schema, FileAssetMetadataEntry.
func (f *finder) oldAsset(s *Stack, folder string, data tree.Node) {
	bucket, key, hash := data.Get("s3BucketParameter").Text(), data.Get("s3KeyParameter").Text(), data.Get("artifactHashParameter").Text()
	if bucket == "" || key == "" {
		return
	}
	// Templates of that kind split the key at || and join its halves again, so what is
	// asked for at last is its second half.
	object := data.Get("sourceHash").Text() + ".zip"
	s.Parameters[bucket], s.Parameters[key] = "cdk-assets", "assets/||"+object
	if hash != "" {
		s.Parameters[hash] = data.Get("sourceHash").Text()
	}
	f.assets[object] = beside(folder, data.Get("path").Text())
}
