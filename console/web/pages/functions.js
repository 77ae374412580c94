// Functions: those that run here, what they log, and an event to try them with.
import { Refused, call as ask, get, list, stream } from '../js/api.js';
import { h, part, put, setText } from '../js/dom.js';
import { badge, button, field, log, region, table } from '../js/elements.js';

const kinds = { running: 'good', warm: 'good', cold: '' };

/** open fills the page Functions. The address names the function whose log is shown. */
export async function open(page) {
  const rows = table({
    name: 'Functions', key: (f) => f.name, empty: 'No functions run here. Give the gateway a template, or --function NAME=DIR.',
    columns: [
      { head: 'Function', cell: (f) => button(f.name, () => choose(f.name), { kind: 'quiet', 'aria-current': f.name === chosen() && 'true' }) },
      { head: 'State', cell: (f) => badge(f.state, kinds[f.state]) },
      { head: 'Runtime', cell: (f) => f.runtime || 'its own' },
      { head: 'Processes', kind: 'number', cell: (f) => `${f.processes} (${f.idle} idle)` },
      { head: 'Under way', kind: 'number', cell: (f) => `${f.busy} of ${f.concurrency}` },
      { head: 'Invocations', kind: 'number', cell: (f) => f.invocations },
      { head: 'Errors', kind: 'number', cell: (f) => f.errors },
      { head: 'Versions', cell: (f) => ['$LATEST', ...f.versions, ...Object.entries(f.aliases).map(([a, v]) => `${a} → ${v}`)].join(', ') },
      { head: 'Last error', cell: (f) => (f.lastError ? h('span', { class: 'problem' }, [f.lastError.type, f.lastError.message].filter(Boolean).join(': ')) : '') },
    ],
  });
  const name = field({ label: 'Function', type: 'select', options: [], onchange: (v) => choose(v) });
  let samples = []; // an event of each kind, for the API and the route that are chosen
  const sample = field({ label: 'Sample event', type: 'select', options: [], onchange: fill });
  const api = field({ label: 'Of API', type: 'select', options: [{ value: '', label: 'Any' }], onchange: () => make().catch((error) => page.fail(error)) });
  const route = field({ label: 'Of route', type: 'select', options: [{ value: '', label: 'Any' }], onchange: () => make().catch((error) => page.fail(error)) });
  const event = field({ label: 'Event', type: 'textarea', rows: 12, mono: true });
  const result = region('Result', { mono: true });
  const run = button('Invoke', call, { kind: 'primary', disabled: true, why: 'There is no function' });
  const lines = log('Logs', { most: 1000, empty: 'What the function prints stands here.' });
  const text = field({ label: 'Text', type: 'search', oninput: () => follow() });

  page.show('Functions', null, rows,
    h('div', { class: 'grid functions' },
      h('div', null, h('h2', null, 'Logs'), h('div', { class: 'row' }, name, text), lines),
      h('div', { class: 'stack' }, h('h2', null, 'Invoke'), sample, h('div', { class: 'row' }, api, route), event, h('div', null, run), result)));

  const chosen = () => name.value;
  function fill() { event.value = JSON.stringify(samples.find((s) => s.kind === sample.value)?.event ?? {}, null, 2); }

  /** make has the gateway make up the events, which it writes as it writes those that it sends. */
  async function make() {
    const of = api.value;
    const routes = of ? await list(`/v2/apis/${part(of)}/routes`, { signal: page.signal }) : [];
    route.options = [{ value: '', label: 'Any' }, ...routes.map((r) => r.routeKey).sort()];
    samples = (await get('/_dragoman/events', { query: { api: of, route: route.value }, signal: page.signal })).events;
    sample.options = [...samples.map((s) => s.kind), 'Empty'];
    fill();
  }

  let following = new AbortController();
  function follow() {
    following.abort();
    following = new AbortController();
    const signal = AbortSignal.any([following.signal, page.signal]);
    put(lines);
    if (!chosen()) return;
    let last = 0;
    stream(`/_dragoman/functions/${part(chosen())}/logs/stream`, {
      query: { limit: 500, text: text.value || undefined }, signal,
      onevent: (kind, data) => {
        const told = JSON.parse(data);
        if (kind === 'lost') lines.add(h('p', { class: 'quiet-text' }, `${told.lines} lines came too fast to be shown`));
        else if (told.id > last) {
          last = told.id;
          lines.add(line(told));
        }
      },
    }).catch((error) => page.fail(error));
  }

  function choose(to) {
    if (name.value !== to) name.value = to;
    history.replaceState(history.state, '', location.pathname + '?' + new URLSearchParams({ function: to }));
    put(result.body);
    follow();
  }

  async function call() {
    let payload;
    try {
      payload = JSON.stringify(JSON.parse(event.value));
      event.error = '';
    } catch (error) {
      event.error = `The event is no JSON: ${error.message}`;
      return;
    }
    setText(result.body, 'Under way …');
    const began = performance.now();
    const answer = await invoke(payload).catch((error) => {
      setText(result.body, error.message);
      if (!(error instanceof Refused)) throw error;
    });
    if (answer === undefined) return;
    const took = Math.round(performance.now() - began);
    const failed = answer?.errorMessage !== undefined; // as Lambda words what a function failed by
    put(result.body, h('p', null, badge(failed ? 'failed' : 'answered', failed ? 'bad' : 'good'), ` ${took} ms`), h('pre', null, typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)));
  }

  const invoke = (body) => ask('POST', `/2015-03-31/functions/${part(chosen())}/invocations`, { body, service: 'lambda', timeout: 910_000, signal: page.signal });

  await make();
  let known = '';
  await page.every(async () => {
    const { functions } = await get('/_dragoman/functions', { signal: page.signal });
    api.options = [{ value: '', label: 'Any' }, ...(await list('/v2/apis', { signal: page.signal })).map((a) => ({ value: a.apiId, label: `${a.name} (${a.apiId})` }))];
    name.options = functions.map((f) => f.name);
    rows.rows = functions;
    const names = functions.map((f) => f.name).join();
    if (names === known) return;
    known = names;
    run.disabled = !functions.length;
    run.title = functions.length ? '' : 'There is no function';
    const asked = new URLSearchParams(location.search).get('function');
    if (functions.some((f) => f.name === asked)) name.value = asked;
    follow();
  });
}

function line(l) {
  const of = /^(START|END|REPORT|INIT_REPORT) /.test(l.text) ? 'quiet-text' : '';
  return h('div', { class: 'line ' + of }, h('time', { datetime: l.time }, l.time.slice(11, 23)), ' ', l.text);
}
