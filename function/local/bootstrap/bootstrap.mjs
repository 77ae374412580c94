// Runs a handler of Node as AWS's own runtime client does: it takes events from the
// Runtime API, one at a time, and gives answers and errors back.
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { format, inspect } from 'node:util';
import * as callback from './callback.mjs';

const api = process.env.AWS_LAMBDA_RUNTIME_API;
const [hostname, port] = api.split(':');
const root = process.argv[2] || process.env.LAMBDA_TASK_ROOT || process.cwd(); // a folder with what was bundled, or the code's own
const generation = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV || '')?.[1] || 0);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
let requestId; // of the event under way

// ---- the Runtime API

function open(method, to, headers) {
  return http.request({ hostname, port, path: '/2018-06-01/runtime/' + to, method, agent, headers });
}

function finish(request) {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
  });
}

function call(method, to, body = '', headers = {}) {
  const bytes = Buffer.from(body);
  const request = open(method, to, method === 'GET' ? headers : { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers });
  const done = finish(request);
  request.end(method === 'GET' ? undefined : bytes);
  return done;
}

// ---- errors

function named(name, message) {
  const error = new Error(message);
  error.name = 'Runtime.' + name;
  return error;
}

const isError = (value) => value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';

function toAnswer(error) {
  try {
    if (isError(error)) {
      return { errorType: error.name, errorMessage: error.message, trace: (error.stack || '').split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack', trace: [] };
  }
}

function toLog(error) {
  if (!isError(error)) return JSON.stringify(toAnswer(error));
  return JSON.stringify({ errorType: error.name, errorMessage: error.message, ...error, stack: (error.stack || '').split('\n') });
}

function errorType(error) {
  return isError(error) && /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(error.name) ? error.name : 'Function.' + (isError(error) ? error.name : typeof error);
}

function report(error) {
  const to = requestId ? `invocation/${requestId}/error` : 'init/error';
  return call('POST', to, JSON.stringify(toAnswer(error)), { 'Lambda-Runtime-Function-Error-Type': encodeURIComponent(errorType(error)) });
}

// dying reports what ends the process.
function dying(label, code, wrap = (e) => e) {
  return (reason) => {
    const error = wrap(reason);
    console.error(label, toText(error));
    report(error).catch(() => {}).finally(() => process.exit(code));
  };
}
process.on('uncaughtException', dying('Uncaught Exception', 129));
process.on('unhandledRejection', dying('Unhandled Promise Rejection', 128, (reason) => {
  const error = named('UnhandledPromiseRejection', isError(reason) ? reason.toString() : String(reason));
  error.reason = reason;
  if (isError(reason)) error.stack = ['Runtime.UnhandledPromiseRejection: ' + error.message, ...new Error().stack.split('\n').slice(1)].join('\n');
  return error;
}));

// ---- log lines

class Text { constructor(text) { this.text = text; } }
const toText = (error) => new Text(toLog(error));

const LEVELS = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 };
const asJSON = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const least = asJSON ? LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL] ?? LEVELS.TRACE : LEVELS.TRACE;

function line(level, args) {
  if (LEVELS[level] < least) return;
  const now = new Date().toISOString();
  if (!asJSON) {
    const text = args[1] instanceof Text ? args[0] + ' \t' + args[1].text : format(...args);
    fs.writeSync(1, `${now}\t${requestId || 'undefined'}\t${level}\t${text.replace(/\n/g, '\r')}\n`);
    return;
  }
  const record = { timestamp: now, level, requestId };
  if (args[1] instanceof Text) {
    record.message = JSON.parse(args[1].text);
  } else if (args.length === 1 && typeof args[0] === 'object' && args[0] !== null && !isError(args[0])) {
    record.message = args[0];
  } else {
    const error = args.find(isError);
    record.message = format(...args);
    if (error) Object.assign(record, { errorType: error.name, errorMessage: error.message, stackTrace: (error.stack || '').split('\n') });
  }
  let text;
  try {
    text = JSON.stringify(record);
  } catch { // circular
    text = JSON.stringify({ ...record, message: inspect(record.message) });
  }
  fs.writeSync(1, text + '\n');
}
for (const [method, level] of Object.entries({ log: 'INFO', trace: 'TRACE', debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' })) {
  console[method] = (...args) => line(level, args);
}

// ---- streamed answers

// ResponseStream is what a streaming handler writes to. Its request begins with the
// first write, so that the handler may set the content type before.
class ResponseStream extends Writable {
  #begin;
  #request;
  #contentType = 'application/octet-stream';

  constructor(begin) {
    super({ highWaterMark: 64 << 10 });
    this.#begin = begin;
  }
  setContentType(type) {
    if (this.#request) throw named('InvalidStreamingOperation', 'Cannot set content-type, too late.');
    this.#contentType = type;
  }
  get request() {
    if (!this.#request) {
      this.#request = this.#begin(this.#contentType);
      this._onBeforeFirstWrite?.((part) => this.#request.write(part));
    }
    return this.#request;
  }
  _write(part, encoding, done) {
    if (typeof part !== 'string' && !Buffer.isBuffer(part) && !(part instanceof Uint8Array)) part = JSON.stringify(part);
    if (this.request.write(part, encoding)) done(); else this.request.once('drain', done);
  }
  _final(done) {
    this.request.end();
    done();
  }
}

globalThis.awslambda = {
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

async function stream(handler, event, context) {
  let request;
  let answered;
  const out = new ResponseStream((contentType) => {
    request = open('POST', `invocation/${requestId}/response`, {
      'Content-Type': contentType, 'Transfer-Encoding': 'chunked', 'Lambda-Runtime-Function-Response-Mode': 'streaming',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    });
    answered = finish(request);
    return request;
  });
  const fail = async (error) => {
    console.error('Invoke Error', toText(error));
    if (!request) return report(error);
    request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': errorType(error),
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(toAnswer(error))).toString('base64'),
    });
    request.end();
    return answered;
  };
  const ended = new Promise((resolve, reject) => { out.on('finish', resolve); out.on('error', reject); });
  ended.catch(() => {}); // it is awaited below
  try {
    const result = handler(event, out, context);
    if (typeof result?.then !== 'function') throw named('MalformedStreamingHandler', 'Streaming does not support non-async handlers.');
    await untilEmpty(result);
    out.end();
    await ended;
    await answered;
  } catch (error) {
    await fail(error);
  }
}

// ---- handlers

// untilEmpty is a promise, or its rejection should the event loop run empty before.
function untilEmpty(promise) {
  return new Promise((resolve, reject) => {
    const empty = () => reject(named('NodeJsExit', 'The event loop is empty and the promise of the handler has not settled'));
    process.once('beforeExit', empty);
    promise.then(resolve, reject).finally(() => process.off('beforeExit', empty));
  });
}

const whenEmpty = () => new Promise((resolve) => process.once('beforeExit', resolve));

// invoke calls a handler that does not stream and gives its result.
async function invoke(handler, event, context) {
  let settle;
  let settled = false;
  const result = new Promise((resolve, reject) => {
    settle = (error, value, wait) => {
      if (settled) return;
      settled = true;
      if (error !== null && error !== undefined) {
        reject(error);
      } else if (wait && context.callbackWaitsForEmptyEventLoop) {
        whenEmpty().then(() => resolve(value));
      } else {
        resolve(value);
      }
    };
  });
  const callback = (error, value) => settle(error, value, true);
  context.succeed = (value) => settle(null, value, false);
  context.fail = (error) => settle(error ?? 'handled', undefined, false);
  context.done = (error, value) => settle(error, value, false);
  const returned = generation >= 24 ? handler(event, context) : handler(event, context, callback);
  if (typeof returned?.then === 'function') {
    untilEmpty(returned).then((value) => settle(null, value, false), (error) => settle(error ?? named('Error', String(error)), undefined, false));
  } else if (generation >= 24) {
    settle(null, returned, false);
  } else {
    process.once('beforeExit', () => settle(null, null, false)); // nobody can answer any more
  }
  return result;
}

function stringify(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const json = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
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

async function once(handler) {
  const next = await call('GET', 'invocation/next');
  if (next.status !== 200) throw new Error(`the Runtime API answered ${next.status}`);
  requestId = next.headers['lambda-runtime-aws-request-id'];
  const trace = next.headers['lambda-runtime-trace-id'];
  if (trace) process.env._X_AMZN_TRACE_ID = trace; else delete process.env._X_AMZN_TRACE_ID;
  const context = contextOf(next.headers);
  callback.begin(next.headers['dragoman-callback']);
  try {
    const event = JSON.parse(next.body.toString());
    if (handler[STREAMING] === 'response') {
      await stream(handler, event, context);
      return;
    }
    const text = stringify(await invoke(handler, event, context));
    await call('POST', `invocation/${requestId}/response`, text);
  } catch (error) {
    console.error('Invoke Error', toText(error));
    await report(error);
  } finally {
    callback.end();
  }
}

// ---- loading

const require = createRequire(path.join(root, 'index.js'));

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

async function load(file) {
  const isFile = (name) => fs.statSync(name, { throwIfNoEntry: false })?.isFile();
  const base = path.resolve(root, file);
  if (isFile(base)) return require(base);
  if (isFile(base + '.js')) return moduleType(base + '.js') === 'module' ? import(pathToFileURL(base + '.js')) : require(base + '.js');
  if (isFile(base + '.mjs')) return import(pathToFileURL(base + '.mjs'));
  if (isFile(base + '.cjs')) return require(base + '.cjs');
  return require(require.resolve(file, { paths: [root, path.dirname(base)] }));
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
    if (error instanceof SyntaxError) throw named('UserCodeSyntaxError', error.toString());
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') throw named('ImportModuleError', error.toString());
    throw error;
  }
  let found = module;
  let parent;
  for (const part of match[2].split('.')) {
    parent = found;
    found = found?.[part] ?? (parent === module ? module.default?.[part] : undefined);
  }
  if (found === undefined || found === null) throw named('HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof found !== 'function') throw named('HandlerNotFound', `${name} is not a function`);
  if (generation >= 24 && found[STREAMING] !== 'response' && found.length > 2) {
    throw named('CallbackHandlerDeprecated', 'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.');
  }
  return found;
}

let handler;
try {
  handler = await handlerOf(process.env._HANDLER);
} catch (error) {
  console.error('Uncaught Exception', toText(error));
  await report(error);
  process.exit(1);
}
for (;;) {
  await once(handler);
  requestId = undefined;
}
