// Calls the gateway: the management API of AWS and our own operations, signed where the
// gateway asks for it, and knows whether the gateway is there.
import { session, signOut } from './session.js';
import { sign } from './sigv4.js';

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

async function send(method, path, { query, body, signal, service = 'apigateway', headers = {}, key = session.key }) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const v of [value].flat()) if (v !== undefined && v !== null && v !== '') url.searchParams.append(name, v);
  }
  // The signature and the browser must mean the same bytes.
  url.search = url.search.replaceAll('+', '%20');
  const sent = bytes(body);
  const proof = session.signed && key ? await sign(method, url, sent, key, { region: session.region, service }) : {};
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

/**
 * stream reads server-sent events until signal is aborted, and begins again a second after it
 * was cut off: onevent(name, data), onopen() each time that it begins. It ends with Refused.
 */
export async function stream(path, { query, signal, method = 'GET', json, onevent, onopen = () => {}, once = false }) {
  while (!signal.aborted) {
    try {
      const o = { query, signal, headers: { accept: 'text/event-stream' } };
      if (json !== undefined) Object.assign(o, { body: JSON.stringify(json), headers: { ...o.headers, 'content-type': 'application/json' } });
      const answer = await send(method, path, o);
      if (!answer.ok) throw await refusal(answer);
      onopen();
      await events(answer.body, onevent);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused) throw error;
      reached(false);
    }
    if (once) return;
    await pause(1000, signal);
  }
}

/** events parses server-sent events. Documented: HTML Standard, Server-sent events. */
async function events(body, onevent) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let name = 'message';
  let data = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
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
  }
}

/** every calls f now and ms after it has ended, until signal is aborted; not while nobody looks. */
export async function every(ms, signal, f) {
  while (!signal.aborted) {
    if (!document.hidden) await f();
    await pause(ms, signal);
  }
}
