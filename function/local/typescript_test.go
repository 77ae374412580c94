package local

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// properties are BuildProperties as a template has them.
func properties(t *testing.T, text string) map[string]json.RawMessage {
	t.Helper()
	var found map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// Each row is a folder of TypeScript and what a call of its handler gives; ! stands
// before errors.
func TestTypeScript(t *testing.T) {
	needs.Program(t, "node")
	const plain = "-- index.ts --\nimport { say } from './lib/say';\nexport const handler = async (event: { a: number }): Promise<unknown> => say(event.a);\n-- lib/say.ts --\nexport const say = (n: number): string => 'said ' + n;\n"
	for _, row := range []struct {
		name, archive, handler, properties, want string
	}{
		{"a handler", plain, "", "", `"said 1"`},
		{"in a folder", strings.ReplaceAll(plain, "-- ", "-- src/api/"), "src/api/index.handler", "", `"said 1"`},
		{"a folder's index", "-- src/fn/index.ts --\nexport const handler = async () => 'index';\n", "src/fn.handler", "", `"index"`},
		{"tsx", "-- page.tsx --\nconst h = (tag: string) => tag;\nexport const handler = async () => <b/>;\n-- tsconfig.json --\n{\"compilerOptions\":{\"jsx\":\"react\",\"jsxFactory\":\"h\"}}\n", "page.handler", "", `"b"`},
		{"mts", "-- m.mts --\nconst x: string = await Promise.resolve('top');\nexport const handler = async () => [x, typeof import.meta.url];\n", "m.handler", "", `["top","string"]`},
		{"cts", "-- package.json --\n{\"type\":\"module\"}\n-- c.cts --\nimport fs = require('fs');\nexport const handler = async () => typeof fs.readFileSync;\n", "c.handler", "", `"function"`},
		{"an ES module by package.json", "-- package.json --\n{\"type\":\"module\"}\n-- index.ts --\nimport old from './old.cjs';\nexport const handler = async () => [old.sep, typeof import.meta.url];\n-- old.cjs --\nmodule.exports = require('path');\n", "", "", `["/","string"]`},
		{"paths of tsconfig", "-- tsconfig.json --\n{\"compilerOptions\":{\"baseUrl\":\".\",\"paths\":{\"@lib/*\":[\"lib/*\"]}}}\n-- index.ts --\nimport { say } from '@lib/say';\nexport const handler = async () => say;\n-- lib/say.ts --\nexport const say = 'mapped';\n", "", "", `"mapped"`},
		{"decorators", "-- tsconfig.json --\n{\"compilerOptions\":{\"experimentalDecorators\":true}}\n-- index.ts --\nfunction mark(target: any) { target.marked = true; }\n@mark class A { static marked: boolean; }\nexport const handler = async () => A.marked;\n", "", "", `true`},
		{"a package", "-- index.ts --\nimport { v } from 'pkg';\nexport const handler = async () => v;\n-- node_modules/pkg/package.json --\n{\"name\":\"pkg\",\"main\":\"m.js\"}\n-- node_modules/pkg/m.js --\nexports.v = 'package';\n", "", "", `"package"`},
		{"files beside the source", "-- src/index.ts --\nimport fs from 'fs';\nimport path from 'path';\nexport const handler = async () => fs.readFileSync(path.join(__dirname, '../data/a.txt'), 'utf8') + fs.readFileSync('data/a.txt', 'utf8');\n-- data/a.txt --\na\n", "src/index.handler", "", `"a\na\n"`},
		{"the SDK where nothing has it", "-- index.ts --\nexport const handler = async () => { try { await import('@aws-sdk/client-s3'); } catch (e: any) { return e.code; } };\n", "", "", `"ERR_MODULE_NOT_FOUND"`},
		{"the SDK of the project", "-- index.ts --\nimport { s3 } from '@aws-sdk/client-s3';\nexport const handler = async () => s3;\n-- node_modules/@aws-sdk/client-s3/package.json --\n{\"main\":\"i.js\"}\n-- node_modules/@aws-sdk/client-s3/i.js --\nexports.s3 = 'mine';\n", "", "", `"mine"`},
		{"a fault", "-- index.ts --\nexport const handler = async () => {\n  return 1 +;\n};\n", "", "", `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: DIR/index.ts:2:13: Unexpected \";\"`},
		{"a package that is not there", "-- index.ts --\nimport 'nowhere';\n", "", "", `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: DIR/index.ts:1:8: Could not resolve \"nowhere\"\n    import 'nowhere';\n    npm install nowhere beside the function`},
		{"a part of a package that is not there", "-- index.ts --\nimport '@no/where/at/all';\n", "", "", `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: DIR/index.ts:1:8: Could not resolve \"@no/where/at/all\"\n    import '@no/where/at/all';\n    npm install @no/where beside the function`},
		{"a thrown error", "-- index.ts --\ninterface A {\n  a: number;\n}\n\nexport const handler = async (a: A) => {\n  throw new RangeError('far');\n};\n", "", "", `!{"errorType":"RangeError","errorMessage":"far","trace":["RangeError: far","    at Runtime.handler (DIR/index.ts:6:9)"`},

		{"SAM: a flattened entry point", "-- src/handlers/get.ts --\nexport const handler = async () => 'get';\n", "get.handler", `{"EntryPoints":["src/handlers/get.ts"]}`, `"get"`},
		{"SAM: two entry points", "-- src/a/get.ts --\nexport const handler = async () => 'get';\n-- src/b/put.ts --\nexport const handler = async () => 'put';\n", "b/put.handler", `{"EntryPoints":["src/a/get.ts","src/b/put.ts"]}`, `"put"`},
		{"SAM: without extension", "-- app.ts --\nexport const handler = async () => 'app';\n", "app.handler", `{"EntryPoints":["app"]}`, `"app"`},
		{"SAM: the handler's file", "-- src/app.ts --\nexport const handler = async () => 'src';\n", "src/app.handler", `{}`, `"src"`},
		{"SAM: JavaScript", "-- app.js --\nimport { sep } from 'path';\nexport const handler = async () => sep;\n", "app.handler", `{"EntryPoints":["app.js"],"Minify":false,"Sourcemap":true,"Target":"es2022"}`, `"/"`},
		{"SAM: ES modules", "-- app.ts --\nexport const handler = async () => typeof import.meta.url;\n", "app.handler", `{"EntryPoints":["app.ts"],"Format":"esm","OutExtension":[".js=.mjs"],"Banner":["js=const banner = 1;"],"MainFields":"module,main"}`, `"string"`},
		{"SAM: loaders and definitions", "-- app.ts --\nimport text from './a.txt';\ndeclare const STAGE: string;\nexport const handler = async () => text.trim() + STAGE;\n-- a.txt --\nloaded\n", "app.handler", `{"EntryPoints":["app.ts"],"Loader":[".txt=text"],"Define":{"STAGE":"\"dev\""}}`, `"loadeddev"`},
		{"SAM: left to the function", "-- app.ts --\nimport { v } from 'pkg';\nexport const handler = async () => v;\n-- node_modules/pkg/package.json --\n{\"name\":\"pkg\",\"main\":\"m.js\"}\n-- node_modules/pkg/m.js --\nexports.v = __filename.endsWith('node_modules/pkg/m.js');\n", "app.handler", `{"EntryPoints":["app.ts"],"External":["pkg"]}`, `true`},
		{"SAM: minified unless told", "-- app.ts --\nfunction longName() {}\nexport const handler = async () => longName.name === 'longName';\n", "app.handler", `{"EntryPoints":["app.ts"]}`, `false`},
		{"SAM: names kept", "-- app.ts --\nfunction longName() {}\nexport const handler = async () => longName.name === 'longName';\n", "app.handler", `{"EntryPoints":["app.ts"],"KeepNames":true}`, `true`},
		{"SAM: no entry point", "-- app.ts --\n", "app.handler", `{"EntryPoints":["other.ts"]}`, `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: Could not resolve \"./other.ts\"`},
		{"SAM: a bad property", "-- app.ts --\n", "app.handler", `{"EntryPoints":["app.ts"],"Format":"amd"}`, `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: BuildProperties: Invalid value \"amd\"`},
		{"SAM: a handler of no entry point", "-- app.ts --\n", "index.handler", `{"EntryPoints":["app.ts"]}`, `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: handler index.handler: the bundle has no index.js"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := files(t, row.archive)
			f := Function{Name: "f", Dir: dir, Handler: row.handler, Runtime: "nodejs20.x", Timeout: 20 * time.Second}
			if row.properties != "" {
				f.Build = Build{Method: "esbuild", Properties: properties(t, row.properties)}
			}
			g := run(t, Options{}, f)
			r, err := g.call("f", `{"a":1}`)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(strings.ReplaceAll(string(r.Payload), r.RequestID, "ID"), dir, "DIR")
			if r.Error != "" {
				got = "!" + got
			}
			if got != row.want && !(strings.HasPrefix(row.want, "!") && strings.HasPrefix(got, row.want)) {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
		})
	}
}

// What goes into a bundle is watched, wherever it is, and what is replaced is removed.
func TestTypeScriptIsBundledAnew(t *testing.T) {
	needs.Program(t, "node")
	root := files(t, "-- fn/index.ts --\nimport { a } from '../common/a';\nimport { b } from 'b';\nexport const handler = async () => a + b;\n-- common/a.ts --\nexport const a = 1;\n-- fn/node_modules/b/index.js --\nexports.b = 1;\n")
	g := run(t, Options{}, Function{Name: "f", Dir: filepath.Join(root, "fn"), Timeout: 20 * time.Second})
	if got := g.ask("f", "1"); got != "2" {
		t.Fatalf("got %s", got)
	}
	write(t, root, "-- common/a.ts --\nexport const a = 10;\n")
	if got := g.ask("f", "1"); got != "11" {
		t.Errorf("got %s after a change beside the function's folder", got)
	}
	write(t, root, "-- fn/node_modules/b/index.js --\nexports.b = 20;\n")
	if got := g.ask("f", "1"); got != "30" {
		t.Errorf("got %s after a change of a package", got)
	}
	write(t, root, "-- common/a.ts --\nexport const a = ;\n")
	if got := g.ask("f", "1"); !strings.Contains(got, "common/a.ts:1:18: Unexpected") {
		t.Errorf("got %s of a fault", got)
	}
	write(t, root, "-- common/a.ts --\nexport const a = 0;\n")
	if got := g.ask("f", "1"); got != "20" {
		t.Errorf("got %s after the fault was mended", got)
	}
	var left []os.DirEntry
	for range 1000 {
		if left, _ = os.ReadDir(filepath.Join(g.folder, "built")); len(left) == 1 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("bundles are left: %v", left)
}
