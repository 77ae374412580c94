// Live: every exchange as it happens, and one of them step by step.
import { Refused, get, post } from '../js/api.js';
import { debounce, h, part, put, setText } from '../js/dom.js';
import { button, copy, dialog, enable, field, log, region, toggle } from '../js/elements.js';
import { go } from '../js/router.js';
import { notice } from '../js/tap.js';
import { copies } from '../js/copies.js';
import { row, sample, show, step } from '../js/trace.js';
import { follow } from '../js/traces.js';

const most = 500;

/** open fills the page Live: page.path is [trace] where one is shown. */
export async function open(page) {
  const names = ['API', 'Stage', 'Route', 'Status', 'Connection', 'Text'];
  const again = debounce(150, () => begin());
  const fields = names.map((label) => field({ label, value: page.query.get(label.toLowerCase()) ?? '', mono: true, placeholder: { Status: '404 or 4xx' }[label], oninput: () => again() }));
  const lines = log('Traces', { most, empty: 'What happens from now on stands here, the newest last.' });
  const said = h('p', { class: 'hint', role: 'status' });
  const told = region('Trace');
  let paused = false;
  let late = []; // while it is paused
  let lost = 0;
  let shown = null;
  let following = new AbortController();

  const pause = toggle('Pause', (on) => {
    paused = on;
    if (!on) draw(late.splice(0));
    count();
  });

  function count() {
    setText(said, [paused ? `Paused, ${late.length} new` : `${lines.childElementCount} shown`, lost ? `${lost} came too fast to be shown` : ''].filter(Boolean).join(' · '));
  }
  function draw(batch) {
    const ends = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
    lines.append(...batch.map((trace) => {
      const line = row(trace);
      line.dataset.id = trace.id;
      if (trace.id === shown?.id) line.setAttribute('aria-current', 'true');
      return line;
    }));
    while (lines.childElementCount > most) lines.firstElementChild.remove();
    if (ends) lines.scrollTop = lines.scrollHeight;
  }
  function tell(batch) {
    if (paused) late = [...late, ...batch].slice(-most);
    else draw(batch);
    count();
  }
  function begin() {
    following.abort();
    following = new AbortController();
    lines.replaceChildren();
    late = [];
    lost = 0;
    count();
    const query = Object.fromEntries(names.map((name, i) => [name.toLowerCase(), fields[i].value.trim()]));
    const status = fields[names.indexOf('Status')];
    status.error = '';
    // Half of what is being typed is asked for by nobody.
    if (query.status && !/^([1-9]\d{2,3}|[1-9]xx)$/i.test(query.status)) {
      status.error = 'A number such as 404, or 4xx';
      return;
    }
    follow({ query, signal: AbortSignal.any([page.signal, following.signal]), tell, onsilent: (nodes) => page.missing(nodes), onlost: (n) => { lost += n; count(); } }).catch((error) => {
      if (error instanceof Refused && error.status === 400 && query.status) status.error = error.message;
      else page.fail(error);
    });
  }

  const difference = h('div', { class: 'stack', role: 'status' });
  const replay = button('Replay', async () => {
    const answer = await replayed(shown);
    if (answer) differs(answer);
  });
  function differs({ trace, differences }) {
    put(difference, h('h3', null, differences?.length ? 'What differs today' : 'Today it goes the same way'),
      h('ul', { class: 'lines' }, (differences ?? []).map((d) => h('li', null, h('code', null, typeof d === 'string' ? d : Object.entries(d).map(([k, v]) => `${k}: ${typeof v === 'object' ? JSON.stringify(v) : v}`).join('  '))))),
      trace ? h('div', { class: 'replayed' }, show(trace)) : []);
  }
  const use = button('Use as sample', async () => go(await sample(shown)));
  const copied = Object.entries(copies).map(([name, make]) => copy(name, () => make(shown, page.settings)));
  const actions = h('div', { class: 'actions-of' }, replay, use, copied);

  /** look shows the record of the address. */
  async function look(id) {
    shown = null;
    put(difference);
    for (const b of actions.querySelectorAll('button')) enable(b, false, 'Choose a trace first');
    if (!id) return put(told.body, h('p', { class: 'nothing' }, 'Choose a trace to see why it went as it went.'));
    try {
      shown = await get(`/_dragoman/traces/${part(id)}`, { signal: page.signal });
    } catch (error) {
      if (page.signal.aborted) return;
      return put(told.body, h('p', { class: 'nothing' }, error.message));
    }
    put(told.body, show(shown));
    told.body.scrollTop = 0;
    for (const b of actions.querySelectorAll('button')) enable(b, true);
    for (const b of copied) if (b.firstChild.textContent === 'Copy as wscat') enable(b.firstChild, shown.kind !== 'http', 'An HTTP request has no WebSocket');
    const answered = shown.steps.some((x) => x.name === 'backend' || x.name === 'select');
    enable(use, shown.api !== '' && answered, 'No backend has answered it');
    for (const line of lines.children) line.toggleAttribute('aria-current', line.dataset.id === shown.id);
  }
  page.onaddress = (where) => look(where.path[0]);

  page.show('Live', pause, notice(page), h('div', { class: 'live' },
    h('div', { class: 'row' }, fields),
    h('div', { class: 'split' }, h('div', { class: 'stream' }, lines, said), h('div', { class: 'one' }, actions, difference, told))));
  begin();
  await look(page.path[0]);
}

/** idempotent says whether what a record did may be done again without asking. */
function idempotent(trace) {
  const called = step(trace, 'integration');
  if (called.function) return false;
  return !called.address || ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(called.method);
}

/** replayed replays a record, and asks before what would be done twice; null where it is not wanted. */
function replayed(trace) {
  const send = () => post(`/_dragoman/traces/${part(trace.id)}/replay`, { yes: true }, { timeout: 60000 });
  if (idempotent(trace)) return send();
  return new Promise((done, failed) => {
    const called = step(trace, 'integration');
    const ask = dialog({
      name: 'Replay', onclose: () => done(null),
      body: [h('p', null, `The backend is called again: ${called.function ?? `${called.method} ${called.address}`}. That may not be meant to happen twice.`),
        h('p', null, 'The answer comes to you and not to the client. What the backend posts by itself does reach the client.')],
      actions: button('Replay', async () => {
        try {
          done(await send());
        } catch (error) {
          failed(error);
        }
        ask.shut();
      }, { kind: 'danger' }),
    });
    ask.start();
  });
}
