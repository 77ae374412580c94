// The WebSocket client and the HTTP client of the page Connections. Both go through the
// gateway: a page can set no headers on a WebSocket, and CORS would be in the way. They live
// as long as the tab does, so that who looks at a trace and comes back finds them.
import { Refused, get, post, remove, stream } from './api.js';
import { h, link, part, put, setText } from './dom.js';
import { button, clock, enable, field, log, ms } from './elements.js';
import { session } from './session.js';
import { available, sign } from './sigv4.js';
import { step } from './trace.js';
import { follow } from './traces.js';

const path = '/_dragoman/client';
const most = 500;
const keyOf = (api) => `dragoman-messages-${api}`;

/** headersOf reads lines 'Name: value'; an error tells which is none. */
function headersOf(text) {
  const headers = {};
  for (const line of text.split('\n').map((l) => l.trim()).filter(Boolean)) {
    const at = line.indexOf(':');
    if (at < 1) throw new Error(`${line}: want Name: value`);
    const name = line.slice(0, at).trim();
    (headers[name] ??= []).push(line.slice(at + 1).trim());
  }
  return headers;
}

/** given takes what was typed into the fields of a client anew: its headers, null where they are none, which their field says. */
function given(address, headers) {
  address.error = headers.error = '';
  try {
    return headersOf(headers.value);
  } catch (error) {
    headers.error = error.message;
    return null;
  }
}

/** signer has a box Sign, and fields for a key where this page has none. */
function signer() {
  const box = field({ label: 'Sign', type: 'checkbox', hint: 'Signature Version 4 for execute-api, made in this page', onchange: (on) => { own.hidden = !on || Boolean(session.key); } });
  const id = field({ label: 'Access key to sign with', mono: true });
  const secret = field({ label: 'Secret key to sign with', type: 'password', mono: true });
  const token = field({ label: 'Session token to sign with', type: 'password', mono: true });
  const own = h('div', { class: 'row', hidden: true }, id, secret, token);
  /** prove answers the address as it was signed, and the headers that prove it. */
  async function prove(method, address, body) {
    if (!box.value) return { address, proof: {} };
    if (!available()) throw new Error('Browsers sign on https and on localhost only');
    const key = session.key ?? { id: id.value.trim(), secret: secret.value, token: token.value };
    if (!key.id || !key.secret) throw new Error('Which key signs? Give it, or sign in');
    const resolved = (await get(path, { query: { address } })).address;
    const url = new URL(resolved);
    const proof = await sign(method, url, new TextEncoder().encode(body), key, { region: session.region, service: 'execute-api' });
    return { address: url.href, proof: Object.fromEntries(Object.entries(proof).map(([name, value]) => [name, [value]])) };
  }
  return { box, own, prove };
}

const shownHeaders = (headers) => h('details', null, h('summary', { class: 'hint' }, 'Headers'), h('pre', null, Object.entries(headers ?? {}).flatMap(([k, v]) => [v].flat().map((x) => `${k}: ${x}`)).join('\n')));

/** why is the link to the trace of an answer. */
const why = (trace) => link(`live/${part(trace)}`, 'Why?');

/** socket is the one WebSocket of this tab. */
function socket() {
  const conversation = log('Conversation', { most, empty: 'Connect, and what is said stands here, each answer with why it came.' });
  const address = field({ label: 'Address', mono: true, placeholder: 'API/STAGE or ws://…', hint: 'An API of this gateway by its name or id, or an address. The gateway itself is called, whatever host it names.' });
  const headers = field({ label: 'Headers', type: 'textarea', rows: 2, mono: true, placeholder: 'Name: value' });
  const subprotocol = field({ label: 'Subprotocol', mono: true });
  const signing = signer();
  const message = field({ label: 'Message', type: 'textarea', rows: 3, mono: true, value: '{"action":""}' });
  const saved = field({ label: 'Saved messages', type: 'select', options: [{ value: '', label: 'By route' }], onchange: (route) => { if (route) message.value = kept()[route]; } });
  const state = h('p', { class: 'hint', role: 'status' }, 'Not connected');
  let open = null; // {id, connection, api, ended: AbortController}
  let answers = []; // [{node, text, bytes}] without their trace
  let traces = []; // [{id, body, bytes}] without their answer

  const kept = () => JSON.parse(localStorage.getItem(keyOf(open?.api ?? address.value.split('/')[0])) ?? '{}');
  function offer() {
    saved.options = [{ value: '', label: 'By route' }, ...Object.keys(kept()).sort()];
  }
  address.input.addEventListener('change', offer);

  /** say writes a line of the conversation; answers wait for the link to their trace. */
  function say(kind, text, { time, note = '', awaits } = {}) {
    const link = h('span', { class: 'why' });
    conversation.add(h('div', { class: `said-${kind}` }, h('span', { class: 'time' }, clock(time ?? new Date().toISOString())), ' ', h('span', { class: 'who' }, { in: '←', out: '→' }[kind] ?? '·'), ' ', h('pre', null, text), ' ', h('span', { class: 'hint' }, note), ' ', link));
    if (awaits) {
      answers.push({ ...awaits, link });
      answers = answers.slice(-most);
      match();
    }
  }

  /** match gives answers the trace that sent them: the one whose frame they are, oldest first. */
  function match() {
    for (const answer of [...answers]) {
      const fits = (t) => (answer.kind ? t.kind === answer.kind : t.kind !== 'connect' && t.bytes === answer.bytes && (t.body === answer.text || answer.text.startsWith(t.body)));
      const found = traces.find(fits) ?? (answer.kind ? undefined : traces.find((t) => t.kind !== 'connect' && t.bytes === answer.bytes));
      if (!found) continue;
      put(answer.link, why(found.id));
      answers = answers.filter((a) => a !== answer);
      traces = traces.filter((t) => t !== found);
    }
  }
  function take(batch) {
    for (const trace of batch) {
      const frame = step(trace, 'frame');
      traces.push({ id: trace.id, kind: trace.kind, body: frame.body ?? '', bytes: frame.bytes ?? (frame.body ?? '').length });
      const sent = trace.kind === 'message' ? step(trace, 'receive').body : undefined;
      if (sent && trace.route) localStorage.setItem(keyOf(trace.api), JSON.stringify({ ...JSON.parse(localStorage.getItem(keyOf(trace.api)) ?? '{}'), [trace.route]: sent }));
      if (open && !open.api && trace.api) open.api = trace.api;
    }
    traces = traces.slice(-most);
    match();
    offer();
  }

  /** heard tells what happens to the WebSocket. */
  function heard(name, data) {
    const e = JSON.parse(data);
    if (name === 'message') say('in', e.data, { time: e.time, note: e.base64 ? `${e.bytes} B, base64` : `${e.bytes} B`, awaits: { text: e.data, bytes: e.bytes } });
    if (name === 'pong') say('note', `pong after ${ms(e.took)}`, { time: e.time });
    if (name === 'close') {
      say('note', `closed by ${e.by === 'client' ? 'you' : 'the gateway'}: ${e.code}${e.reason ? ` ${e.reason}` : ''}`, { time: e.time, awaits: { kind: 'disconnect' } });
      ended('Not connected');
    }
  }
  function ended(text) {
    const { connection, ended } = open ?? {};
    open = null;
    setText(state, text);
    buttons();
    // Its $disconnect leaves a trace yet.
    if (connection) setTimeout(() => ended.abort(), 3000);
  }

  const connect = button('Connect', async () => {
    const named = given(address, headers);
    if (!named) return;
    setText(state, 'Connecting');
    try {
      const { address: to, proof } = await signing.prove('GET', address.value.trim(), '');
      const subprotocols = subprotocol.value.split(',').map((x) => x.trim()).filter(Boolean);
      const opened = await post(path, { address: to, headers: { ...named, ...proof }, ...(subprotocols.length ? { subprotocols } : {}) }, { timeout: 60000 });
      begun(opened);
    } catch (error) {
      setText(state, 'Not connected');
      if (!(error instanceof Refused)) throw error;
      address.error = error.message;
    }
  }, { kind: 'primary' });

  function begun(opened) {
    const stop = new AbortController();
    answers = [];
    traces = [];
    if (opened.connection) follow({ query: { connection: opened.connection }, signal: stop.signal, tell: take }).catch(() => {}); // without a tap there is nothing
    if (!opened.id) {
      say('note', `refused: ${opened.status} ${opened.refusal?.body ?? ''}`, { awaits: { kind: 'connect' } });
      setText(state, `Refused with ${opened.status}`);
      setTimeout(() => stop.abort(), 5000);
      return;
    }
    open = { id: opened.id, connection: opened.connection, ended: stop };
    say('note', `connected as ${opened.connection}${opened.subprotocol ? `, subprotocol ${opened.subprotocol}` : ''} in ${ms(opened.handshake)}`, { awaits: { kind: 'connect' } });
    setText(state, `Connected as ${opened.connection}`);
    buttons();
    offer();
    read(open.id, stop.signal);
  }

  /**
   * read reads what happens to the WebSocket, to its end. Behind a balancer its stream may be cut off with a
   * node that only passed it on: it is read on at another, which tells once more what may not have
   * been seen. A node that holds the WebSocket takes it along, which the others know within seconds.
   */
  async function read(id, signal) {
    let seen = []; // what was heard last, as it was told
    let again = []; // what of it may be told again
    let since = 0; // when reading was cut off; 0: it is not
    const take = (name, data) => {
      const at = again.indexOf(data);
      again = at < 0 ? [] : again.slice(at + 1);
      if (at >= 0) return;
      seen = [...seen, data].slice(-64);
      heard(name, data);
    };
    const onopen = () => {
      if (since && open?.id === id) setText(state, `Connected as ${open.connection}`);
      since = 0;
      again = [...seen];
    };
    let why = 'the gateway does not answer';
    while (open?.id === id) {
      try {
        await stream(`${path}/${id}/stream`, { signal, once: true, onevent: take, onopen });
      } catch (error) {
        why = error instanceof Refused && error.status !== 404 ? error.message : 'the node that held it has gone';
        if (error instanceof Refused && error.status === 404) break;
      }
      if (open?.id !== id) return;
      since ||= Date.now();
      if (Date.now() - since > 8000) break;
      setText(state, 'Cut off: reading on');
      await new Promise((done) => setTimeout(done, 500));
    }
    if (open?.id !== id) return;
    say('note', `disconnected: ${why}`);
    ended('Disconnected. Connect again');
  }

  const disconnect = button('Disconnect', () => remove(`${path}/${open.id}`));
  const send = button('Send message', async () => {
    const text = message.value;
    say('out', text); // before its answer, which may be here sooner than that of the call
    await post(`${path}/${open.id}/messages`, { message: text });
  }, { kind: 'primary' });
  const ping = button('Ping', () => post(`${path}/${open.id}/messages`, { ping: true }), { kind: 'quiet' });
  const clear = button('Clear', () => conversation.replaceChildren(), { kind: 'quiet' });
  function buttons() {
    enable(connect, !open, 'It is connected');
    for (const b of [disconnect, send, ping]) enable(b, Boolean(open), 'Connect first');
  }
  buttons();
  message.input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && open) send.click();
  });

  const name = 'websocket-client';
  const element = h('section', { 'aria-labelledby': name, class: 'client card' }, h('h2', { id: name }, 'WebSocket client'),
    h('div', { class: 'halves' },
      h('div', { class: 'stack' }, address, h('div', { class: 'row tops' }, headers, subprotocol), signing.box, signing.own, h('div', { class: 'row' }, connect, disconnect, ping, state), message, h('div', { class: 'row' }, saved, send)),
      h('div', { class: 'stack' }, h('h3', null, 'Conversation'), conversation, h('div', { class: 'row' }, clear))));
  return { element, fill: (to) => { address.value = to; offer(); } };
}

/** requests is the HTTP client. */
function requests() {
  const method = field({ label: 'Method', type: 'select', options: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] });
  const address = field({ label: 'Address', mono: true, placeholder: 'API/STAGE/path or http://…' });
  const headers = field({ label: 'Headers', type: 'textarea', rows: 2, mono: true, placeholder: 'Name: value' });
  const signing = signer();
  const body = field({ label: 'Body', type: 'textarea', rows: 4, mono: true });
  const answers = log('Answers', { most: 50, empty: 'Send a request, and its answer stands here.' });
  const send = button('Send request', async () => {
    const named = given(address, headers);
    if (!named) return;
    try {
      const verb = method.value;
      const { address: to, proof } = await signing.prove(verb, address.value.trim(), body.value);
      const sent = new Date(Date.now() - 1000);
      const answer = await post(`${path}/request`, { address: to, method: verb, headers: { ...named, ...proof }, body: body.value }, { timeout: 90000 });
      const reason = h('span', { class: 'why' });
      answers.add(h('div', { class: 'answer' },
        h('p', null, h('strong', { class: answer.status >= 500 ? 'bad' : answer.status >= 400 ? 'warn' : 'good' }, String(answer.status)), ` ${ms(answer.took)}, ${answer.bytes} B${answer.cut ? ', cut' : ''}${answer.base64 ? ', base64' : ''} `, h('span', { class: 'hint' }, `${verb} ${address.value.trim()}`), ' ', reason),
        shownHeaders(answer.headers), h('pre', null, answer.body)), { first: true });
      const header = Object.entries(answer.headers).find(([name]) => name.toLowerCase() === 'dragoman-trace');
      // Nobody waits for the link: the next request may be sent while the trace is looked for.
      const found = header ? Promise.resolve([header[1]].flat()[0]) : traceOf(verb, to, sent, answer).catch(() => '');
      found.then((trace) => { if (trace) put(reason, why(trace)); });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      address.error = error.message;
    }
  }, { kind: 'primary' });
  const name = 'http-client';
  const element = h('section', { 'aria-labelledby': name, class: 'client card' }, h('h2', { id: name }, 'HTTP client'),
    h('div', { class: 'halves' },
      h('div', { class: 'stack' }, h('div', { class: 'row verb' }, method, address), headers, signing.box, signing.own, body, h('div', { class: 'row' }, send)),
      h('div', { class: 'stack' }, h('h3', null, 'Answers'), answers)));
  return { element };
}

/** traceOf finds the trace of a request by what is known of it, where its answer does not name it. */
async function traceOf(method, address, sent, answer) {
  for (let tries = 0; tries < 5; tries++) {
    const { traces } = await get('/_dragoman/traces', { query: { status: answer.status, limit: 20 } });
    const found = traces.find((t) => t.kind === 'http' && new Date(t.time) >= sent && step(t, 'receive').method === method);
    if (found) return found.id;
    await new Promise((done) => setTimeout(done, 200));
  }
  return '';
}

let both;
/** clients are the sections, the same for as long as the tab lives. */
export const clients = () => (both ??= { socket: socket(), requests: requests() });
