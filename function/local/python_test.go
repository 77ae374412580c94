package local

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// Each row is a module and what a call of its handler gives; ! stands before errors.
func TestPython(t *testing.T) {
	needs.Program(t, "python3")
	for _, row := range []struct{ name, file, code, handler, event, want, log, runtime string }{
		{"a handler", "app.py", "def handler(event, context):\n    return {'got': event['a']}", "", `{"a":1}`, `{"got": 1}`, "", ""},
		{"in a package", "pkg/mod.py", "def fn(event, context):\n    return 'deep'", "pkg/mod.fn", `{}`, `"deep"`, "", ""},
		{"in a package by dots", "pkg/mod.py", "def fn(event, context):\n    return 'deep'", "pkg.mod.fn", `{}`, `"deep"`, "", ""},
		{"letters up to 3.11", "app.py", "def handler(event, context):\n    return 'ü'", "", `{}`, `"\u00fc"`, "", "python3.11"},
		{"letters from 3.12 on", "app.py", "def handler(event, context):\n    return 'ü'", "", `{}`, `"ü"`, "", "python3.12"},
		{"nothing", "app.py", "def handler(event, context):\n    pass", "", `{}`, `null`, "", ""},
		{"bytes", "app.py", "def handler(event, context):\n    return b'raw'", "", `{}`, `raw`, "", ""},
		{"decimals", "app.py", "from decimal import Decimal\ndef handler(event, context):\n    return [Decimal('1.5'), float('nan')]", "", `{}`, `[1.5, NaN]`, "", ""},
		{"what simplejson takes", "app.py", "from collections import namedtuple\nfrom decimal import Decimal\nP = namedtuple('P', 'x y')\ndef handler(event, context):\n    return {'d': [Decimal('5'), Decimal('1.10'), Decimal('NaN')], 'p': [P(1, (2,))], 'b': b'x', b'k': 1}", "", `{}`, `{"d": [5, 1.10, NaN], "p": [{"x": 1, "y": [2]}], "b": "x", "k": 1}`, "", ""},
		{"circular", "app.py", "def handler(event, context):\n    a = []\n    a.append(a)\n    return a", "", `{}`, `!{"errorMessage": "Unable to marshal response: Circular reference detected", "errorType": "Runtime.MarshalError"`, "", ""},
		{"a line without marks", "app.py", "def handler(event, context):\n    return event['a']['b']", "", `{"a":{}}`, `!{"errorMessage": "'b'", "errorType": "KeyError"`, "handler\r\u00a0\u00a0\u00a0\u00a0return event['a']['b']\n", ""},
		{"a call that fails", "app.py", "def handler():\n    pass", "", `{}`, `!{"errorMessage": "handler() takes 0 positional arguments but 2 were given", "errorType": "TypeError"`, "[ERROR] TypeError: handler() takes", ""},
		{"a class of other letters", "app.py", "class 错误(Exception):\n    pass\ndef handler(event, context):\n    raise 错误('ü')", "", `{}`, `!{"errorMessage": "ü", "errorType": "错误"`, "[ERROR] 错误: ü", ""},
		{"libraries that patch", "app.py", "import http.client, json, socket\ndef broken(*arguments, **named):\n    raise ValueError('patched')\nhttp.client.HTTPConnection.request = http.client.HTTPConnection.getresponse = socket.create_connection = socket.socket.__init__ = broken\nsocket.setdefaulttimeout(0.001)\nsocket.socket = None\ndef handler(event, context):\n    return 'as ever'", "", `{}`, `"as ever"`, "", ""},
		{"an empty message", "app.py", "def handler(event, context):\n    raise ValueError", "", `{}`, `!{"errorMessage": "", "errorType": "ValueError"`, "[ERROR] ValueError\rTraceback", ""},
		{"a context in a line", "app.py", "def handler(event, context):\n    print(context)", "", `{}`, `null`, "function_name=f,memory_limit_in_mb=128,function_version=$LATEST,invoked_function_arn=arn:aws:lambda:eu-west-1:123456789012:function:f,client_context=None,identity=CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None]),tenant_id=None])\n", ""},
		{"a process of multiprocessing", "app.py", "import multiprocessing\ndef work(pipe):\n    pipe.send('worked')\ndef handler(event, context):\n    spawn = multiprocessing.get_context('spawn')\n    ours, theirs = spawn.Pipe()\n    process = spawn.Process(target=work, args=(theirs,))\n    process.start()\n    process.join()\n    return ours.poll(0) and ours.recv()", "", `{}`, `"worked"`, "", ""},
		{"hooks of SnapStart", "app.py", "from snapshot_restore_py import register_after_restore, register_before_snapshot\n@register_before_snapshot\ndef before():\n    raise ValueError\nregister_after_restore(before, 1, k=2)\ndef handler(event, context):\n    return 'no snapshot'", "", `{}`, `"no snapshot"`, "", ""},
		{"no module in a package", "pkg/mod.py", "import nothing_here", "pkg/mod.fn", `{}`, `!{"errorMessage": "Unable to import module 'pkg/mod': No module named 'nothing_here'"`, "", ""},
		{"raised", "app.py", "def handler(event, context):\n    raise KeyError('x')", "", `{}`, `!{"errorMessage": "'x'", "errorType": "KeyError", "requestId": "`, "[ERROR] KeyError: 'x'\rTraceback (most recent call last):\r\u00a0\u00a0File \"", ""},
		{"not serialisable", "app.py", "def handler(event, context):\n    return object()", "", `{}`, `!{"errorMessage": "Unable to marshal response: Object of type object is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "`, "", ""},
		{"exit", "app.py", "import sys\ndef handler(event, context):\n    sys.exit(4)", "", `{}`, `!{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `, "Runtime exited with error: exit status 4", ""},
		{"print and logging", "app.py", "import logging\ndef handler(event, context):\n    print('bare')\n    logging.warning('warned')\n    logging.info('silent')", "", `{}`, `null`, "bare\n[WARNING]\t", ""},
		{"context", "app.py", "def handler(event, c):\n    return [c.function_name, c.memory_limit_in_mb, c.function_version, c.invoked_function_arn, c.get_remaining_time_in_millis() > 1000, len(c.aws_request_id), c.client_context, c.identity.cognito_identity_id]", "", `{}`,
			`["f", "128", "$LATEST", "arn:aws:lambda:eu-west-1:123456789012:function:f", true, 36, null, null]`, "", ""},
		{"variables", "app.py", "import os\ndef handler(event, context):\n    return [os.environ['OWN'], os.environ['AWS_REGION'], os.environ['LAMBDA_TASK_ROOT'] == os.getcwd()]", "", `{}`, `["mine", "eu-west-1", true]`, "", ""},
		{"no module", "app.py", "import nothing_here", "", `{}`, `!{"errorMessage": "Unable to import module 'app': No module named 'nothing_here'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`, "", ""},
		{"bad syntax", "app.py", "def handler(:", "", `{}`, `!{"errorMessage": "Syntax error in module 'app': `, "", ""},
		{"no such function", "app.py", "x = 1", "", `{}`, `!{"errorMessage": "Handler 'handler' missing on module 'app'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}`, "", ""},
		{"a message of two lines", "app.py", "def handler(event, context):\n    raise ValueError('one\\ntwo')", "", `{}`, `!{"errorMessage": "one\ntwo", "errorType": "ValueError"`, "[ERROR] ValueError: one\rtwo\rTraceback (most recent call last):\r", ""},
		{"no frames", "app.py", "import nothing_here", "", `{}`, `!{"errorMessage": "Unable to import`, "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'nothing_here'\rTraceback (most recent call last):\n", ""},
		{"no dot", "app.py", "", "app", `{}`, `!{"errorMessage": "Bad handler 'app': not enough values to unpack (expected 2, got 1)", "errorType": "Runtime.MalformedHandlerName"`, "", ""},
		{"a module of the interpreter's own", "app.py", "", "sys.exit", `{}`, `!{"errorMessage": "Cannot use built-in module sys as a handler module", "errorType": "Runtime.BuiltInModuleConflict"`, "", ""},
		{"an error of init", "app.py", "raise ValueError('init')", "", `{}`, `!{"errorMessage": "init", "errorType": "ValueError", "requestId": "", "stackTrace": ["`, "INIT_REPORT Init Duration: ", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.runtime == "" {
				row.runtime = "python3.12"
			}
			handled(t, row.file, row.code, row.handler, row.runtime, row.event, row.want, row.log)
		})
	}
}

// Lines of logging have the form that AWS's client gives them, as text and as JSON: when to
// the millisecond, whose request, and what was added or has failed. Libraries find the
// handler by the name of its class, and may give it a format of their own.
func TestPythonLogs(t *testing.T) {
	needs.Program(t, "python3")
	const when = `20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}Z`
	const id = `[0-9a-f-]{36}`
	const code = `-- app.py --
import logging
root = logging.getLogger()
def handler(event, context):
    logging.debug('below')
    root.info('said %s', 'so')
    logging.getLogger('named').warning('more', extra={'k': [1]})
    try:
        {}['x']
    except KeyError:
        root.exception('caught')
    name = type(root.handlers[0]).__name__
    root.handlers[0].setFormatter(logging.Formatter(name + ' own %(message)s\n'))
    root.error('format')
    raise ValueError('thrown')
`
	for name, row := range map[string]struct {
		logging Logging
		env     map[string]string
		want    []string
	}{
		"text": {Logging{}, map[string]string{"AWS_LAMBDA_LOG_LEVEL": "info"}, []string{
			`\[INFO\]\t` + when + `\t` + id + `\tsaid so\n`, `\[WARNING\]\t` + when + `\t` + id + `\tmore\n`, `\tcaught\nTraceback \(most recent call last\):\n`,
			`\nLambdaLoggerHandler own format\n\[ERROR\] ValueError: thrown\rTraceback`,
		}},
		"JSON": {Logging{JSON: true, Level: "INFO"}, nil, []string{
			`{"timestamp": "` + when + `", "level": "INFO", "message": "said so", "logger": "root", "requestId": "` + id + `"}\n`,
			`"message": "more", "logger": "named", "requestId": "` + id + `", "k": \[1\]}\n`,
			`"message": "caught", "logger": "root", "stackTrace": \["  File [^\n]*\\n"\], "errorType": "KeyError", "errorMessage": "'x'", "requestId": "` + id + `", "location": "[^"]*app.py:handler:10"}\n`,
			`\nLambdaLoggerHandler own format\n{"timestamp": "20[^"]*Z", "level": "ERROR", "errorMessage": "thrown", "errorType": "ValueError", "requestId": "` + id + `", "stackTrace": \[`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := run(t, Options{}, Function{Name: "f", Dir: files(t, code), Runtime: "python3.11", Timeout: 20 * time.Second, Logging: row.logging, Env: row.env})
			if got := g.ask("f", "{}"); !strings.HasPrefix(got, `!{"errorMessage": "thrown"`) {
				t.Errorf("got %s", got)
			}
			g.await("thrown")
			log := g.log()
			for _, want := range row.want {
				if !regexp.MustCompile(want).MatchString(log) {
					t.Errorf("got %s, want %s", log, want)
				}
			}
			if strings.Contains(log, "below") {
				t.Errorf("what is below the level is logged: %s", log)
			}
		})
	}
}
