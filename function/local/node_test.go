package local

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// Each row is a module and what a call of its handler gives; ! stands before errors.
func TestNode(t *testing.T) {
	needs.Program(t, "node")
	for _, row := range []struct {
		name, file, code, handler, event, want, log string
		runtime                                     string
	}{
		{"async", "index.js", `exports.handler = async (event) => ({ got: event.a, ü: 'ü' });`, "", `{"a":1}`, `{"got":1,"ü":"ü"}`, "", ""},
		{"a trace of its own", "index.js", `exports.handler = async () => /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/.test(process.env._X_AMZN_TRACE_ID);`, "", `{}`, `true`, "", ""},
		{"an ES module", "index.mjs", `export const handler = async () => 'esm';`, "", `{}`, `"esm"`, "", ""},
		{"CommonJS by name", "index.cjs", `exports.handler = async () => 'cjs';`, "", `{}`, `"cjs"`, "", ""},
		{"an ES module by package.json", "package.json", `{"type":"module"}
-- src/app.js --
export const main = async () => 'type';`, "src/app.main", `{}`, `"type"`, "", ""},
		{"a handler with dots", "index.js", `exports.a = { b: { c: async () => 'deep' } };`, "index.a.b.c", `{}`, `"deep"`, "", ""},
		{"a callback", "index.js", `exports.handler = (e, c, done) => setTimeout(() => done(null, 'late'), 10);`, "", `{}`, `"late"`, "", ""},
		{"a callback's error", "index.js", `exports.handler = (e, c, done) => done(new TypeError('no'));`, "", `{}`, `!{"errorType":"TypeError","errorMessage":"no","trace":["TypeError: no"`, "", ""},
		{"a callback's text", "index.js", `exports.handler = (e, c, done) => done('bad');`, "", `{}`, `!{"errorType":"string","errorMessage":"bad","trace":[]}`, "", ""},
		{"the first answer counts", "index.js", `exports.handler = (e, c, done) => { done(null, 1); done(null, 2); };`, "", `{}`, `1`, "", ""},
		{"a callback waits for the event loop", "index.js", `exports.handler = (e, c, done) => { const began = Date.now(); setTimeout(() => {}, 60); done(null, 'x'); process.once('beforeExit', () => console.log('waited', Date.now() - began >= 50)); };`, "", `{}`, `"x"`, "waited true", ""},
		{"unless it is told not to", "index.js", `exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 60000); done(null, 'now'); };`, "", `{}`, `"now"`, "", ""},
		{"a plain return is dropped", "index.js", `exports.handler = () => 'dropped';`, "", `{}`, `null`, "", ""},
		{"a plain return from 24 on", "index.js", `exports.handler = () => 'kept';`, "", `{}`, `"kept"`, "", "nodejs24.x"},
		{"callbacks end with 24", "index.js", `exports.handler = (e, c, done) => done();`, "", `{}`, `!{"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: AWS Lambda has removed support for callback-based function handlers`, "", "nodejs24.x"},
		{"nothing", "index.js", `exports.handler = async () => {};`, "", `{}`, `null`, "", ""},
		{"succeed", "index.js", `exports.handler = (e, c) => c.succeed('s');`, "", `{}`, `"s"`, "", ""},
		{"fail", "index.js", `exports.handler = (e, c) => c.fail();`, "", `{}`, `!{"errorType":"string","errorMessage":"handled","trace":[]}`, "", ""},
		{"thrown", "index.js", `exports.handler = async () => { throw new RangeError('far'); };`, "", `{}`, `!{"errorType":"RangeError","errorMessage":"far","trace":["RangeError: far","    at `, "ERROR\tInvoke Error \t{\"errorType\":\"RangeError\",\"errorMessage\":\"far\",\"stack\":[", ""},
		{"thrown at once", "index.js", `exports.handler = () => { throw new Error('sync'); };`, "", `{}`, `!{"errorType":"Error","errorMessage":"sync"`, "", ""},
		{"circular", "index.js", `exports.handler = async () => { const a = {}; a.a = a; return a; };`, "", `{}`, `!{"errorType":"Error","errorMessage":"Unable to stringify response body"`, "", ""},
		{"a promise that never settles", "index.js", `exports.handler = () => new Promise(() => {});`, "", `{}`, `!{"errorType":"Runtime.NodeJsExit"`, "", ""},
		{"process.exit", "index.js", `exports.handler = async () => process.exit(3);`, "", `{}`, `!{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `, "Error: Runtime exited with error: exit status 3", ""},
		{"process.exit without a status", "index.js", `exports.handler = async () => process.exit();`, "", `{}`, `!{"errorType":"Runtime.ExitError"`, "Runtime exited without providing a reason", ""},
		{"an unhandled rejection", "index.js", `exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 1000)); };`, "", `{}`, `!{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: lost"`, `"reason":{"errorType":"Error","errorMessage":"lost","stack":["Error: lost"`, ""},
		{"an uncaught exception", "index.js", `exports.handler = async () => { setTimeout(() => { throw new Error('out') }, 1); await new Promise((r) => setTimeout(r, 1000)); };`, "", `{}`, `!{"errorType":"Error","errorMessage":"out"`, "Uncaught Exception", ""},
		{"console", "index.js", `exports.handler = async () => { console.log('a %d\nb', 1); console.warn({ x: 1 }); };`, "", `{}`, `null`, "\tINFO\ta 1\rb\n", ""},
		{"context", "index.js", `exports.handler = async (e, c) => [c.functionName, c.memoryLimitInMB, c.functionVersion, c.invokedFunctionArn, c.logGroupName, c.getRemainingTimeInMillis() > 1000, c.awsRequestId.length];`, "", `{}`,
			`["f","128","$LATEST","arn:aws:lambda:eu-west-1:123456789012:function:f","/aws/lambda/f",true,36]`, "", ""},
		{"variables", "index.js", `exports.handler = async () => [process.env.OWN, process.env.AWS_REGION, process.env._HANDLER, process.env.LAMBDA_TASK_ROOT === process.cwd(), process.env.AWS_EXECUTION_ENV, process.env.AWS_XRAY_CONTEXT_MISSING];`, "", `{}`,
			`["mine","eu-west-1","index.handler",true,"AWS_Lambda_nodejs20.x","LOG_ERROR"]`, "", ""},
		{"no module", "index.js", `require('nothing-here');`, "", `{}`, `!{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'nothing-here'`, "INIT_REPORT Init Duration: ", ""},
		{"no SDK", "index.js", `require('@aws-sdk/client-s3');`, "", `{}`, `!{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module '@aws-sdk/client-s3'`, "npm install @aws-sdk/client-s3 beside the function", ""},
		{"no file", "other.js", ``, "index.handler", `{}`, `!{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'index'`, "", ""},
		{"bad syntax", "index.js", `exports.handler = async ( => 1;`, "", `{}`, `!{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: `, "", ""},
		{"the place of bad syntax", "index.js", "\nexports.handler = async ( => 1;", "", `{}`, `!{"errorType":"Runtime.UserCodeSyntaxError"`, "index.js:2\",\"exports.handler = async ( => 1;\"", ""},
		{"the place of bad syntax in an ES module", "index.mjs", "\nexport const handler = async ( => 1;", "", `{}`, `!{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: `, "index.mjs:2\",\"export const handler = async ( => 1;\"", ""},
		{"no package for an ES module", "index.mjs", `import 'nothing-here'; export const handler = async () => 1;`, "", `{}`, `!{"errorType":"Error","errorMessage":"Cannot find package 'nothing-here' imported from `, `,"code":"ERR_MODULE_NOT_FOUND","stack":["Error [ERR_MODULE_NOT_FOUND]: Cannot find package`, ""},
		{"a text that is thrown", "index.js", `exports.handler = async () => { throw 'words'; };`, "", `{}`, `!{"errorType":"string","errorMessage":"words","trace":[]}`, "ERROR\tInvoke Error \t{\"errorType\":\"Error\",\"errorMessage\":\"words\",\"stack\":[\"Error: words\"", ""},
		{"an error in an error", "index.js", `exports.handler = async () => { throw Object.assign(new Error('outer'), { cause: new RangeError('inner') }); };`, "", `{}`, `!{"errorType":"Error","errorMessage":"outer"`, `"cause":{"errorType":"RangeError","errorMessage":"inner","stack":["RangeError: inner"`, ""},
		{"no such export", "index.js", `exports.other = 1;`, "", `{}`, `!{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is undefined or not exported"`, "", ""},
		{"no function", "index.js", `exports.handler = 1;`, "", `{}`, `!{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is not a function"`, "", ""},
		{"a handler outside", "index.js", ``, "../index.handler", `{}`, `!{"errorType":"Runtime.MalformedHandlerName","errorMessage":"'../index.handler' is not a valid handler name.`, "", ""},
		{"streamed", "index.mjs", `export const handler = awslambda.streamifyResponse(async (event, out) => { out.write('a'); out.write('b'); out.end(); });`, "", `{}`, `ab`, "", ""},
		{"streamed with a head", "index.mjs", `export const handler = awslambda.streamifyResponse(async (event, out) => { out = awslambda.HttpResponseStream.from(out, { statusCode: 201 }); out.write('x'); out.end(); });`, "", `{}`, "{\"statusCode\":201}\x00\x00\x00\x00\x00\x00\x00\x00x", "", ""},
		{"a callback before a throw", "index.js", `exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; done(null, 'first'); throw new Error('after'); };`, "", `{}`, `"first"`, "", ""},
		{"nothing is thrown", "index.js", `exports.handler = async () => { throw null; };`, "", `{}`, `!{"errorType":"string","errorMessage":"handled","trace":[]}`, "", ""},
		{"what cannot be told is thrown", "index.js", `exports.handler = async () => { throw Object.create(null); };`, "", `{}`, `!{"errorType":"TypeError","errorMessage":"Cannot convert object to primitive value"`, "", ""},
		{"what looks like an error is thrown", "index.js", `exports.handler = async () => { throw { name: 'Odd', message: 'like', stack: 'a\nb' }; };`, "", `{}`, `!{"errorType":"Odd","errorMessage":"like","trace":["a","b"]}`, "", ""},
		{"an error of another realm", "index.js", `exports.handler = async () => require('vm').runInNewContext("throw new TypeError('far')");`, "", `{}`, `!{"errorType":"TypeError","errorMessage":"far"`, "", ""},
		{"an error of any name", "index.js", `exports.handler = async () => { throw Object.assign(new Error('x'), { name: 'n\\ud800\\r\\n' + 'n'.repeat(100000) }); };`, "", `{}`, `!{"errorType":"n\\ud800\\r\\nnnn`, "", ""},
		{"an error without a stack", "index.js", `exports.handler = async () => { throw Object.assign(new Error('x'), { stack: undefined }); };`, "", `{}`, `!{"errorType":"handled","errorMessage":"callback called with Error argument, but there was a problem`, "", ""},
		{"an empty rejection", "index.js", `exports.handler = async () => { Promise.reject(); await new Promise((r) => setTimeout(r, 1000)); };`, "", `{}`, `!{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":""`, `ERROR	Unhandled Promise Rejection 	{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"","promise":{},"stack":`, ""},
		{"console without arguments", "index.js", `exports.handler = async () => { console.log(); };`, "", `{}`, `null`, "\tINFO\tundefined\n", ""},
		{"many lines beside process.stdout", "index.js", `exports.handler = async () => { process.stdout.write('own\\n'); for (let i = 0; i < 5000; i++) console.log(i, 'x'.repeat(200)); return 'told'; };`, "", `{}`, `"told"`, "\tINFO\t4999 xxx", ""},
		{"a method", "index.js", `exports.a = { async b() { return [typeof this, this.x]; } };`, "index.a.b", `{}`, `["object",null]`, "", ""},
		{"a folder with an index", "lib/index.js", `exports.handler = async () => 'folder';`, "lib.handler", `{}`, `"folder"`, "", ""},
		{"a default export from 24 on", "index.mjs", `export default { handler: async (e, c) => [c.succeed, c.callbackWaitsForEmptyEventLoop] };`, "", `{}`, `[null,null]`, "", "nodejs24.x"},
		{"and not before", "index.mjs", `export default { handler: async () => 1 };`, "", `{}`, `!{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is undefined or not exported"`, "", "nodejs22.x"},
		{"circular from 24 on", "index.js", `exports.handler = async () => { const a = {}; a.a = a; return a; };`, "", `{}`, `!{"errorType":"Runtime.JSONStringifyError","errorMessage":"Unable to stringify response body"`, "", "nodejs24.x"},
		{"streamed after the return", "index.mjs", `import { createReadStream } from 'fs'; export const handler = awslambda.streamifyResponse(async (event, out) => { createReadStream(new URL(import.meta.url)).pipe(out); });`, "", `{}`,
			"import { createReadStream } from 'fs'; export const handler = awslambda.streamifyResponse(async (event, out) => { createReadStream(new URL(import.meta.url)).pipe(out); });\n", "", ""},
		{"an object is streamed", "index.mjs", `export const handler = awslambda.streamifyResponse(async (event, out) => { out.write({ a: 1 }); setTimeout(() => out.end('z'), 5); return 7; });`, "", `{}`, `{"a":1}z`, "\tWARN\tStreaming handlers ignore return values.\n", ""},
		{"streamed by no promise", "index.mjs", `export const handler = awslambda.streamifyResponse(() => {});`, "", `{}`, `!{"errorType":"string","errorMessage":"Streaming does not support non-async handlers.","trace":[]}`, "", ""},
		{"an error while streaming", "index.mjs", `export const handler = awslambda.streamifyResponse(async (event, out) => { out.write('a'); await new Promise((r) => setTimeout(r, 5)); throw new Error('broke'); });`, "", `{}`, `!{"errorType":"Error","errorMessage":"broke"`, "", ""},
		{"an error before streaming", "index.mjs", `export const handler = awslambda.streamifyResponse(async () => { throw new Error('early'); });`, "", `{}`, `!{"errorType":"Error","errorMessage":"early"`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.runtime == "" {
				row.runtime = "nodejs20.x"
			}
			handled(t, row.file, row.code, row.handler, row.runtime, row.event, row.want, row.log)
		})
	}
}

// Invocations leave nothing to each other, not even where the event loop never is empty.
func TestNodeInvocationsLeaveNothing(t *testing.T) {
	needs.Program(t, "node")
	g := run(t, Options{Concurrency: 1}, Function{Name: "f", Runtime: "nodejs20.x", Timeout: 20 * time.Second, Dir: files(t, `-- index.js --
setInterval(() => {}, 1000);
exports.handler = (event, context, done) => {
  context.callbackWaitsForEmptyEventLoop = false;
  done(null, process.eventNames().map((name) => process.listenerCount(name)));
};
`)})
	first := g.ask("f", `{}`)
	for range 15 {
		if got := g.ask("f", `{}`); got != first {
			t.Fatalf("got listeners %s, and %s at first\n%s", got, first, g.log())
		}
	}
}

// Lines of JSON are as AWS's client writes them: one value as it is, several as text with
// the first error beside it, and nothing below the level.
func TestNodeLogsJSON(t *testing.T) {
	needs.Program(t, "node")
	g := run(t, Options{}, Function{Name: "f", Runtime: "nodejs22.x", Timeout: 20 * time.Second, Logging: Logging{JSON: true, Level: "WARN"}, Dir: files(t, `-- index.js --
class Odd extends Error {}
exports.handler = async () => {
  console.log('below');
  console.warn(7);
  console.warn({ a: [1] });
  console.error(Object.assign(new Odd('alone'), { code: 'E' }));
  console.error('with %s:', 'text', new Odd('beside'));
  const round = {};
  round.self = round;
  console.fatal(round);
  throw new Odd('thrown');
};
`)})
	if got := g.ask("f", `{}`); !strings.HasPrefix(got, `!{"errorType":"Error","errorMessage":"thrown"`) {
		t.Errorf("got %s", got)
	}
	for _, want := range []string{
		`"message":7}`, `"message":{"a":[1]}}`,
		`"message":{"errorType":"Odd","errorMessage":"alone","stackTrace":["Error: alone",`, `],"code":"E"}}`,
		`"message":"with text: `, `"errorType":"Odd","errorMessage":"beside","stackTrace":["Error: beside",`,
		`"level":"FATAL"`, `"message":"<ref *1> { self: [Circular *1] }"}`, `"message":{"errorType":"Odd","errorMessage":"thrown",`,
	} {
		g.await(want)
	}
	if strings.Contains(g.log(), "below") {
		t.Errorf("a line below the level is logged: %s", g.log())
	}
}

// A cold start waits for nothing that its handler does not ask for: the loader of ES
// modules, http, TLS.
func TestNodeStartsWithLittle(t *testing.T) {
	needs.Program(t, "node")
	code := `exports.handler = async () => process.moduleLoadList.map((m) => m.split(' ').pop()).filter((m) => ['http', '_http_client', 'https', 'tls', '_tls_wrap', 'crypto', 'http2'].includes(m));`
	handled(t, "index.js", code, "", "nodejs20.x", `{}`, `[]`, "")
}

// Interpreters are asked for their versions when functions come to be known, before
// any is invoked, and those that no function needs are not.
func TestVersionsAreAskedAtStart(t *testing.T) {
	needs.Program(t, "sh")
	dir := files(t, `
-- bin/bootstrap --
#!/bin/sh
echo "$1" >"$0.asked"
echo v20.1.0
-- f/index.js --
exports.handler = async () => 1;
`)
	for _, name := range []string{"node", "python3"} {
		if err := os.Symlink("bootstrap", filepath.Join(dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	said := make(telling, 10)
	r, err := New(Options{Environment: os.Environ(), Logger: slog.New(slog.NewTextHandler(said, nil))}, Function{Name: "f", Dir: filepath.Join(dir, "f"), Runtime: "nodejs22.x"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := <-said; !strings.Contains(got, "f asks for nodejs22.x, and "+filepath.Join(dir, "bin", "node")+" is nodejs20") {
		t.Errorf("got %s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", "python3.asked")); err == nil {
		t.Error("python3 was asked, which nothing needs")
	}
}

// telling sends what is written to it.
type telling chan string

func (c telling) Write(text []byte) (int, error) {
	c <- string(text)
	return len(text), nil
}

// Node gets the flags that Lambda gives to it: its heap goes by the function's memory, so that
// a function lives as long as what it keeps fits, whatever it has thrown away.
func TestNodeFlags(t *testing.T) {
	needs.Program(t, "node")
	const code = `exports.handler = async () => [typeof gc, require('http').maxHeaderSize, require('v8').getHeapStatistics().heap_size_limit >> 20, process.execArgv.filter((flag) => flag.includes('space'))];`
	for options, want := range map[string]string{
		"":                         `["--max-semi-space-size=12","--max-old-space-size=231"]]`,
		"--max_old_space_size=100": `[]]`,
	} {
		g := run(t, Options{}, Function{Name: "f", Dir: files(t, "-- index.js --\n"+code+"\n"), Runtime: "nodejs20.x", Memory: 256, Env: map[string]string{"NODE_OPTIONS": options}, Timeout: 20 * time.Second})
		if got := g.ask("f", "1"); !strings.HasPrefix(got, `["function",81920,`) || !strings.HasSuffix(got, want) {
			t.Errorf("%q: got %s, want it to end %s", options, got, want)
		}
	}
	const keeps = `let kept;
exports.handler = async () => { kept = null; const list = []; for (let i = 0; i < 900000; i++) list.push({ i, text: 'x' + i }); kept = list; return kept.length; };`
	g := run(t, Options{}, Function{Name: "f", Dir: files(t, "-- index.js --\n"+keeps+"\n"), Runtime: "nodejs20.x", Memory: 192, Timeout: 60 * time.Second})
	for range 4 {
		if got := g.ask("f", "1"); got != "900000" {
			t.Fatalf("got %s, want what it keeps; most of it had been thrown away", got)
		}
	}
}
