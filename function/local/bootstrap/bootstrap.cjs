// Runs a handler of Node as AWS's own runtime client does: it takes events from the
// Runtime API, one at a time, and gives answers and errors back.
//
// It stands between node and the first answer, so it is CommonJS, which needs no loader
// of modules, and loads what is there already when node has started: http and what
// comes with it cost more than all that is done here.
'use strict';
const fs = require('fs');
const net = require('net');
const path = require('path');
const { format, types } = require('util');
const callback = require('./callback.cjs');

// What a handler asks of require.main is answered as on Lambda, whose client is a module.
process.mainModule = undefined;

const api = process.env.AWS_LAMBDA_RUNTIME_API;
const [hostname, port] = api.split(':');
const BASE = '/2018-06-01/runtime/';
const root = process.env.DRAGOMAN_BUNDLE || process.env.LAMBDA_TASK_ROOT || process.cwd(); // a folder with what was bundled, or the code's own
delete process.env.DRAGOMAN_BUNDLE; // it is no handler's business
const generation = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV || '')?.[1] || 0);
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
let requestId = generation >= 24 ? '-' : undefined; // of the last event, for log lines
let invoked = false; // there was one: what fails is no failure of init

// ---- the Runtime API

const idle = []; // connections; one in use each for an event, and for what is told beside it

function connection() {
  const socket = idle.pop();
  return socket && !socket.destroyed ? socket : net.connect(Number(port), hostname).setNoDelay(true);
}

function send(socket, method, to, body = '', headers = {}) {
  const bytes = Buffer.from(body);
  if (method !== 'GET') headers = { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers };
  const lines = Object.entries({ Host: api, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${BASE}${to} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  if (bytes.length) socket.write(bytes);
}

// sent is a connection on which requests were sent at a stroke. While it waits for what is answered it
// keeps the process, and not after.
function sent(...requests) {
  const socket = connection();
  socket.ref();
  socket.cork();
  for (const request of requests) send(socket, ...request);
  socket.uncork();
  return socket;
}

function call(...request) {
  const socket = sent(request);
  return answer(socket).finally(() => leave(socket));
}

function leave(socket) {
  socket.removeAllListeners();
  socket.on('error', () => {}); // of one that nobody waits for
  socket.unref();
  if (!socket.destroyed) idle.push(socket);
}

const NEXT = ['GET', 'invocation/next'];
let upcoming; // the call for the next event, where it was sent already

// respond gives an answer and asks for the next event behind it: the gateway need not wait for
// somebody to read that the answer was taken, and tells it with the event. An answer that may be refused for its size
// ends its connection, so nothing is sent behind it.
function respond(text) {
  const given = ['POST', `invocation/${requestId}/response`, text];
  if (text.length > 1 << 20) return call(...given);
  const socket = sent(given, NEXT);
  upcoming = answer(socket).finally(() => socket.removeAllListeners()).then(
    () => answer(socket).finally(() => leave(socket)),
    // What was not taken is told as a failure, by another connection.
    (error) => failed(error).then(() => call(...NEXT)),
  );
  upcoming.catch(() => {}); // it is awaited by whoever takes the next event
}

// answer reads what is answered. The gateway says how long every answer is. What comes behind it
// is of the next one.
function answer(socket) {
  return new Promise((resolve, reject) => {
    const parts = [];
    let head;
    let missing = 0;
    const take = (part) => {
      if (!head) {
        if (parts.length) part = Buffer.concat([...parts.splice(0), part]);
        const end = part.indexOf('\r\n\r\n');
        if (end < 0) return void parts.push(part);
        head = parse(part.toString('latin1', 0, end));
        part = part.subarray(end + 4);
        missing = Number(head.headers['content-length'] ?? 0);
      }
      if (part.length > missing) {
        socket.early = part.subarray(missing);
        part = part.subarray(0, missing);
      }
      parts.push(part);
      missing -= part.length;
      if (missing <= 0) resolve({ ...head, body: parts.length === 1 ? parts[0] : Buffer.concat(parts) });
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the Runtime API has closed the connection')));
    socket.on('data', take);
    const early = socket.early;
    socket.early = undefined;
    if (early) take(early);
  });
}

function parse(text) {
  const [status, ...lines] = text.split('\r\n');
  const headers = {};
  for (const line of lines) headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
  return { status: Number(status.split(' ')[1]), headers };
}

// ---- errors

// named is an error of the runtime's own. Its name is its class's, for what is the error's
// own is shown in log lines, as it is from generation 24 on.
function named(name, message) {
  const Named = { [name]: class extends Error {} }[name];
  Named.prototype.name = 'Runtime.' + name;
  return Object.assign(new Named(message), generation >= 24 && { name: 'Runtime.' + name });
}

const isError = (value) => value instanceof Error;

// told says whether a value is told as an error: errors of another realm are none by their
// class, and libraries make objects that look like one.
function told(value) {
  const texts = (...members) => members.every((member) => member && typeof member === 'string');
  if (generation >= 24) return isError(value);
  return types.isNativeError(value) || (value && texts(value.name, value.message, value.stack));
}

function toAnswer(error) {
  // The header of the type would be cut at this character, so AWS's client writes it so.
  const shown = (text) => text?.replace(/\x7F/g, '%7F');
  try {
    if (told(error)) {
      const stack = generation >= 24 ? error.stack ?? '' : error.stack;
      return { errorType: shown(error.name), errorMessage: shown(error.message), trace: stack === '' ? [] : stack.replace(/\x7F/g, '%7F').split('\n') };
    }
    return { errorType: typeof error, errorMessage: generation >= 24 ? String(error) : error.toString(), trace: [] };
  } catch {
    const answer = { errorType: 'handled', errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack' };
    return generation >= 24 ? { ...answer, trace: [] } : answer;
  }
}

// withMembers shows what JSON leaves out of an error, wherever one stands in a value.
const withMembers = (_, value) => {
  if (!isError(value)) return value;
  const shown = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
  if (typeof value.stack === 'string') shown.stack = value.stack.split('\n');
  return shown;
};

const intoError = (value) => (isError(value) ? value : new Error(generation >= 24 ? String(value) : value));

function toLog(error) {
  try {
    return JSON.stringify(error, withMembers);
  } catch { // circular
    return JSON.stringify(toAnswer(error));
  }
}

// errorType is what reports call an error. It goes into a header, so it is unknown unless it
// is of Lambda's form: a handler may have given its error any name of any length.
function errorType(error) {
  const { errorType } = toAnswer(error);
  return [errorType, 'Function.' + errorType].find((type) => /^(Runtime|Function)\.[A-Z][a-zA-Z]{1,99}$/.test(type)) ?? 'Runtime.Unknown';
}

function report(error) {
  const to = invoked ? `invocation/${requestId}/error` : 'init/error';
  return call('POST', to, JSON.stringify(toAnswer(error)), { 'Lambda-Runtime-Function-Error-Type': errorType(error) });
}

// dying reports what ends the process.
function dying(label, code, wrap = (e) => e) {
  return (reason, promise) => {
    const error = wrap(reason, promise);
    logError(label, error);
    report(error).catch(() => {}).finally(() => process.exit(code));
  };
}
process.on('uncaughtException', dying('Uncaught Exception', 129));
process.on('unhandledRejection', dying('Unhandled Promise Rejection', 128, (reason, promise) => Object.assign(named('UnhandledPromiseRejection', reason), { reason, promise })));

// ---- log lines

const LEVELS = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 };
const asJSON = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
const least = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;

// described is an error as a line of JSON has it.
const described = (error) => ({ errorType: error.constructor?.name ?? 'UnknownError', errorMessage: error.message, stackTrace: (error.stack || '').split('\n') });

// record is a line of JSON. One value stands as it is, several as text with the first error
// among them beside it.
function record(now, level, args) {
  const line = { timestamp: now, level, requestId };
  if (args.length < 2) {
    try {
      return JSON.stringify({ ...line, message: args[0] }, (_, value) => (isError(value) ? { ...described(value), ...value } : value));
    } catch { // circular
      return JSON.stringify({ ...line, message: format(args[0]) });
    }
  }
  line.message = format(...args);
  const error = args.find(isError);
  return JSON.stringify(error ? { ...line, ...described(error) } : line);
}

function line(level, args) {
  if (LEVELS[level] < least) return;
  const now = new Date().toISOString();
  const text = asJSON ? record(now, level, args) : `${now}\t${requestId}\t${level}\t${format(...args).replace(/\n/g, '\r')}`;
  write(Buffer.from(text + '\n'));
}

// write writes all of a line. A handler that has touched process.stdout has made it answer
// at once when the pipe is full.
function write(bytes) {
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(fs.writeSync(1, bytes));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // for a millisecond
    }
  }
}

// logError logs what a handler has thrown, or what ends the process.
function logError(label, error) {
  error = intoError(error);
  if (asJSON) console.error(error); else console.error(label, '\t' + toLog(error));
}
for (const [method, level] of Object.entries({ log: 'INFO', trace: 'TRACE', debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' })) {
  console[method] = (message, ...params) => line(level, [message, ...params]);
}

// ---- streamed answers

const awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAMING] = 'response';
    if (typeof options?.highWaterMark === 'number') handler[Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')] = options.highWaterMark;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      const head = JSON.stringify(prelude);
      stream._onBeforeFirstWrite = (write) => { write(head); write(new Uint8Array(8)); };
      return stream;
    },
  },
};
if (!['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) globalThis.awslambda = awslambda;

const stream = (event, context) => require('./stream.cjs')(`http://${api}${BASE}invocation/${requestId}/response`, {
  async call(out) {
    const result = runtime.handler(event, out, context);
    const refusal = 'Streaming does not support non-async handlers.';
    if (typeof result?.then !== 'function') throw generation >= 24 ? new Error(refusal) : refusal;
    if (await untilEmpty(result) !== undefined) console.warn('Streaming handlers ignore return values.');
  },
  report(error) {
    logError('Invoke Error', error);
    return report(error);
  },
  describe(error) {
    logError('Invoke Error', error);
    return { type: errorType(error), body: JSON.stringify(toAnswer(error)) };
  },
});

// ---- handlers

// runtime is what a handler that is no arrow function has for this; stacks have its name.
const runtime = new (class Runtime {})();

// emptied is what is to be done once the event loop is empty. It is of one invocation: one
// that has been answered leaves nothing behind, though the loop may never be empty.
let emptied;
process.on('beforeExit', () => {
  const now = emptied;
  emptied = undefined;
  now?.();
});

// untilEmpty is a promise, or its rejection should the event loop run empty before.
function untilEmpty(promise) {
  return new Promise((resolve, reject) => {
    const empty = () => reject(named('NodeJsExit', 'The event loop is empty and the promise of the handler has not settled'));
    emptied = empty;
    promise.then(resolve, reject).finally(() => { if (emptied === empty) emptied = undefined; });
  });
}

// invoke calls a handler that does not stream and gives its result.
async function invoke(event, context) {
  let settle;
  let settled = false;
  const result = new Promise((resolve, reject) => {
    settle = (error, value, wait) => {
      if (settled) return;
      settled = true;
      emptied = undefined;
      if (error !== null && error !== undefined) {
        reject(error);
      } else if (wait && context.callbackWaitsForEmptyEventLoop) {
        emptied = () => resolve(value);
      } else {
        resolve(value);
      }
    };
  });
  const callback = (error, value) => settle(error, value, true);
  const succeed = (value) => settle(null, value, false);
  const fail = (error) => settle(error ?? 'handled', undefined, false);
  Object.assign(context, { succeed, fail, done: (error, value) => settle(error, value, false) });
  emptied = () => settle(null, null, false); // nobody can answer any more
  let returned;
  try {
    returned = runtime.handler(event, context, callback);
  } catch (error) {
    callback(error); // so an answer that was given before counts
  }
  if (typeof returned?.then === 'function') {
    (settled ? returned : untilEmpty(returned)).then(succeed, fail);
  }
  return result;
}

// answered calls a handler of generation 24 and later, whose answer is what it returns.
async function answered(event, context) {
  const returned = runtime.handler(event, context);
  return typeof returned?.then === 'function' ? untilEmpty(returned) : returned;
}

function stringify(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? 'null';
  } catch {
    const text = 'Unable to stringify response body';
    throw generation >= 24 ? named('JSONStringifyError', text) : new Error(text);
  }
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const json = (name) => (headers[name] ? JSON.parse(Buffer.from(headers[name], 'latin1').toString()) : undefined);
  return {
    ...(generation < 24 && { callbackWaitsForEmptyEventLoop: true }),
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: json('lambda-runtime-client-context'),
    identity: json('lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// failed tells that an invocation has failed. Of a value that is no text by any means it
// tells what its conversion says.
async function failed(error) {
  try {
    logError('Invoke Error', error);
  } catch (conversion) {
    error = conversion;
    logError('Invoke Error', error);
  }
  await report(error);
}

async function once(handler) {
  const coming = upcoming ?? call(...NEXT);
  upcoming = undefined;
  const asked = await coming;
  if (asked.status !== 200) throw new Error(`the Runtime API answered ${asked.status}`);
  requestId = asked.headers['lambda-runtime-aws-request-id'];
  invoked = true;
  const trace = asked.headers['lambda-runtime-trace-id'];
  if (trace) process.env._X_AMZN_TRACE_ID = trace; else delete process.env._X_AMZN_TRACE_ID;
  const context = contextOf(asked.headers);
  callback.begin(asked.headers['dragoman-callback'], asked.headers['dragoman-served']);
  try {
    const event = JSON.parse(asked.body.toString());
    if (handler[STREAMING] === 'response') {
      await stream(event, context);
      return;
    }
    const text = stringify(await (generation >= 24 ? answered : invoke)(event, context));
    await respond(text);
  } catch (error) {
    await failed(error);
  } finally {
    callback.end();
  }
}

// ---- loading

// moduleType is the type that the nearest package.json gives to .js files.
function moduleType(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    if (path.basename(folder) === 'node_modules') return '';
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type || '';
    } catch {
      if (folder === path.dirname(folder)) return '';
    }
  }
}

const pathToURL = (file) => require('url').pathToFileURL(file);
const importFile = (file) => import(pathToURL(file));

// findLayers has imports look in the folders of NODE_PATH too. It costs a start some milliseconds, so it
// is done where there are any, and from the version on that does so on Lambda.
async function findLayers() {
  if (generation < 18 || !process.env.NODE_PATH) return;
  const module = require('module');
  const hooks = path.join(__dirname, 'layers.mjs');
  if (module.registerHooks) module.registerHooks({ resolve: (await importFile(hooks)).resolveSync });
  else module.register?.(pathToURL(hooks));
}

async function load(file) {
  const isFile = (name) => fs.statSync(name, { throwIfNoEntry: false })?.isFile();
  const base = path.resolve(root, file);
  if (isFile(base)) return require(base);
  if (isFile(base + '.js')) return moduleType(base + '.js') === 'module' ? importFile(base + '.js') : require(base + '.js');
  if (isFile(base + '.mjs')) return importFile(base + '.mjs');
  if (isFile(base + '.cjs')) return require(base + '.cjs');
  if (fs.existsSync(base)) return require(base); // a folder with an index
  return require(require.resolve(file, { paths: [root, path.dirname(base)] }));
}

// placed is the stack of a syntax error, which begins with its file and line. Node tells
// them of CommonJS, and of an ES module only where nobody has caught the error: there the
// handler's file is asked again.
function placed(error, file) {
  const stack = error.stack || '';
  if (!stack.startsWith('SyntaxError')) return stack;
  const source = ['.js', '.mjs'].map((ending) => path.resolve(root, file + ending)).find((name) => fs.existsSync(name));
  if (!source) return stack;
  const { NODE_OPTIONS, ...env } = process.env;
  const checked = require('child_process').spawnSync(process.execPath, ['--check', source], { env, encoding: 'utf8', timeout: 5000 });
  const end = checked.stderr?.indexOf('\nSyntaxError') ?? -1;
  return end < 0 ? stack : checked.stderr.slice(0, end + 1) + stack;
}

async function handlerOf(name) {
  if (name.includes('..')) throw named('MalformedHandlerName', `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  const folder = name.slice(0, name.length - path.posix.basename(name).length);
  const match = /^([^.]*)\.(.*)$/.exec(path.posix.basename(name));
  if (!match) throw named('MalformedHandlerName', 'Bad handler');
  let module;
  try {
    module = await load(folder + match[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw Object.assign(named('UserCodeSyntaxError', error.toString()), { stack: placed(error, folder + match[1]) });
    // An ES module that is not found has a code of its own, which AWS's client passes on as it is.
    if (error?.code === 'MODULE_NOT_FOUND') throw named('ImportModuleError', error.toString());
    throw error;
  }
  let found = module;
  let parent;
  for (const part of match[2].split('.')) {
    parent = found;
    found = found?.[part] ?? (generation >= 24 && parent === module ? module.default?.[part] : undefined);
  }
  if (!found) throw named('HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof found !== 'function') throw named('HandlerNotFound', `${name} is not a function`);
  if (generation >= 24 && found[STREAMING] !== 'response' && found.length > 2) {
    throw named('CallbackHandlerDeprecated', 'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.');
  }
  return found;
}

async function main() {
  let handler;
  try {
    await findLayers();
    handler = await handlerOf(process.env._HANDLER);
  } catch (error) {
    logError(generation >= 24 ? 'Init Error' : 'Uncaught Exception', error);
    await report(error);
    process.exit(1);
  }
  runtime.handler = handler;
  for (;;) await once(handler);
}
main();
