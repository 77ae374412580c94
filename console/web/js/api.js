// Calls the gateway: the management API of AWS and our own operations, signed where the
// gateway asks for it, and knows whether the gateway is there.
import { scoped, session, signOut } from './session.js';
import { presign, sign } from './sigv4.js';

/** Refused is the answer of the gateway to a call that it refused, in AWS's words. */
export class Refused extends Error {
  constructor(status, exception, message) {
    super(message);
    Object.assign(this, { status, exception });
  }
}

/** Unreachable says that there was no answer. */
export class Unreachable extends Error {}

/** connection.up says whether the last call was answered; it tells 'change'. */
export const connection = Object.assign(new EventTarget(), { up: true });

export function reached(up) {
  if (connection.up === up) return;
  connection.up = up;
  connection.dispatchEvent(new Event('change'));
}

/** Refusals of the key itself: it is wrong, or has ended. */
const ofTheKey = new Set(['MissingAuthenticationTokenException', 'UnrecognizedClientException', 'InvalidSignatureException', 'IncompleteSignatureException']);

const bytes = (body) => (body === undefined ? new Uint8Array() : typeof body === 'string' ? new TextEncoder().encode(body) : body);

function addressOf(path, query) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const v of [value].flat()) if (v !== undefined && v !== null && v !== '') url.searchParams.append(name, v);
  }
  plus(url);
  return url;
}

/** plus writes blanks of a query so that the signature and the browser mean the same bytes. */
function plus(url) { url.search = url.search.replaceAll('+', '%20'); }

async function send(method, path, { query, body, signal, service = 'apigateway', headers = {}, key = session.key }) {
  const url = addressOf(path, query);
  const sent = bytes(body);
  const proof = session.signed && key ? await sign(method, url, sent, key, { region: session.region, service }) : path.startsWith('/_dragoman/client') ? {} : scoped(); // clients belong to whoever opened them, of no region
  signal?.throwIfAborted();
  try {
    const answer = await fetch(url, {
      method, headers: { ...headers, ...proof }, body: body === undefined ? undefined : sent, signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
    });
    reached(true);
    return answer;
  } catch (error) {
    if (signal?.aborted && signal.reason?.name !== 'TimeoutError') throw error;
    reached(false);
    throw new Unreachable('The gateway does not answer');
  }
}

async function refusal(answer) {
  let message = answer.statusText;
  try {
    const said = await answer.json();
    message = said.message ?? said.Message ?? message;
  } catch {
    // it is no answer of the API's
  }
  return new Refused(answer.status, answer.headers.get('x-amzn-errortype') ?? '', message);
}

/**
 * call makes one call. options: query (an object, lists are repeated), json (a value) or body
 * (text or bytes), headers, signal, timeout (ms), service ('lambda' for /2015-03-31/…).
 * Answers the JSON, or the text of what is none. Throws Refused, Unreachable or AbortError.
 */
export async function call(method, path, options = {}) {
  const { json, signal, timeout = 30000, headers } = options;
  const timed = AbortSignal.timeout(timeout);
  const o = { ...options, signal: signal ? AbortSignal.any([signal, timed]) : timed };
  if (json !== undefined) Object.assign(o, { body: JSON.stringify(json), headers: { 'content-type': 'application/json', ...headers } });
  const answer = await send(method, path, o);
  if (!answer.ok) {
    const refused = await refusal(answer);
    if (session.key && !options.key && ofTheKey.has(refused.exception)) signOut(refused.message);
    throw refused;
  }
  const text = await answer.text();
  return answer.headers.get('content-type')?.includes('json') && text ? JSON.parse(text) : text;
}

/** get, post, put, patch and remove are calls; json is the value that is sent. */
export const get = (path, options) => call('GET', path, options);
export const post = (path, json, options) => call('POST', path, { json, ...options });
export const put = (path, json, options) => call('PUT', path, { json, ...options });
export const patch = (path, json, options) => call('PATCH', path, { json, ...options });
export const remove = (path, options) => call('DELETE', path, options);

/** list gets all pages of a list: list('/v2/apis'). */
export async function list(path, options = {}) {
  const all = [];
  for (let nextToken; ;) {
    const page = await get(path, { ...options, query: { ...options.query, nextToken } });
    all.push(...page.items);
    if (!(nextToken = page.nextToken)) return all;
  }
}

const pause = (ms, signal) => new Promise((done) => {
  const end = () => { clearTimeout(timer); done(); };
  const timer = setTimeout(end, ms);
  signal?.addEventListener('abort', end, { once: true });
});

/** there resolves when the gateway is, or signal is aborted. */
const there = (signal) => new Promise((done) => {
  const heard = new AbortController();
  const look = () => {
    if (!connection.up && !signal.aborted) return;
    heard.abort();
    done();
  };
  connection.addEventListener('change', look, { signal: heard.signal });
  signal.addEventListener('abort', look, { signal: heard.signal });
  look();
});

/**
 * stream reads server-sent events until signal is aborted, and begins again when it was cut
 * off: onevent(name, data), onopen() each time that it begins. It ends with Refused.
 */
export async function stream(path, { query, signal, onevent, onopen = () => {}, once = false }) {
  while (!signal.aborted) {
    try {
      // A call that is refused, or a proxy that knows no WebSockets, is asked as any other.
      if (!(await carried(path, { query, signal, onevent, onopen }))) await plain(path, { query, signal, onevent, onopen });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused) throw error;
      reached(false);
    }
    if (once) return;
    await pause(1000, signal);
    await there(signal);
  }
}

async function plain(path, { query, signal, onevent, onopen }) {
  const answer = await send('GET', path, { query, signal, headers: { accept: 'text/event-stream' } });
  if (!answer.ok) throw await refusal(answer);
  onopen();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const parse = parser(onevent);
  for (let part = await reader.read(); !part.done; part = await reader.read()) parse(part.value);
}

/**
 * carried reads a stream over a WebSocket: of plain connections a browser has six to a host,
 * for all of its tabs. It answers false where there is none to be had; it throws when it was cut off.
 */
async function carried(path, { query, signal, onevent, onopen }) {
  const url = addressOf(path, query);
  url.protocol = url.protocol.replace('http', 'ws');
  if (session.signed && session.key) await presign(url, session.key, { region: session.region, service: 'apigateway' });
  plus(url);
  if (signal.aborted) return true;
  return new Promise((done, failed) => {
    const socket = new WebSocket(url);
    const parse = parser(onevent);
    let opened = false;
    const end = (f, value) => { signal.removeEventListener('abort', leave); f(value); };
    const leave = () => { socket.close(); end(done, true); };
    signal.addEventListener('abort', leave);
    socket.onopen = () => { opened = true; reached(true); onopen(); };
    socket.onmessage = (event) => !signal.aborted && parse(event.data);
    socket.onclose = (event) => (!opened ? end(done, false) : event.code === 1000 ? end(done, true) : end(failed, new Unreachable('The stream was cut off')));
  });
}

/** parser reads server-sent events bit by bit. Documented: HTML Standard, Server-sent events. */
function parser(onevent) {
  let rest = '';
  let name = 'message';
  let data = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      const [, field, content] = /^([^:]*):? ?(.*)$/s.exec(line);
      if (line === '') {
        if (data.length) onevent(name, data.join('\n'));
        name = 'message';
        data = [];
      } else if (field === 'event') name = content;
      else if (field === 'data') data.push(content);
    }
  };
}

/** every calls f now and ms after it has ended, until signal is aborted; not while nobody looks. */
export async function every(ms, signal, f) {
  while (!signal.aborted) {
    if (!document.hidden) await f();
    await pause(ms, signal);
  }
}
