// Connections: who is connected, what passes, and clients of one's own.
import { get, post, remove } from '../js/api.js';
import { clients } from '../js/clients.js';
import { h, link, part, put, setText } from '../js/dom.js';
import { button, clock, dialog, enable, field, log, number, table } from '../js/elements.js';
import { notice } from '../js/tap.js';
import { row } from '../js/trace.js';
import { follow } from '../js/traces.js';

const path = '/_dragoman/connections';

/** open fills the page Connections: page.path is [connection] where one is looked at. */
export async function open(page) {
  const api = field({ label: 'API', mono: true });
  const stage = field({ label: 'Stage', mono: true });
  const text = field({ label: 'Text', mono: true, placeholder: 'id, address, agent, principal' });
  const said = h('p', { class: 'hint', role: 'status' });
  let shown = [];

  const connections = table({
    name: 'Connections', key: (c) => c.id, empty: 'Nobody is connected.',
    columns: [
      { head: 'Connection', kind: 'mono', cell: (c) => link(`connections/${part(c.id)}`, c.id) },
      { head: 'API', cell: (c) => c.apiName || c.api },
      { head: 'Stage', cell: (c) => c.stage },
      { head: 'Node', kind: 'mono', cell: (c) => c.node || '—' },
      { head: 'Since', cell: (c) => h('time', { datetime: c.since, title: c.since }, clock(c.since).slice(0, 8)) },
      { head: 'Identity', cell: (c) => [c.principal ? h('strong', null, c.principal) : [], c.principal ? ' ' : [], c.sourceIp, c.userAgent ? h('span', { class: 'hint agent', title: c.userAgent }, ` ${c.userAgent}`) : []].flat() },
      { head: 'Last route', kind: 'mono', cell: (c) => c.route || '—' },
      { head: 'In', kind: 'number', cell: (c) => h('span', { title: `${number(c.bytesIn)} B` }, number(c.messagesIn)) },
      { head: 'Out', kind: 'number', cell: (c) => h('span', { title: `${number(c.bytesOut)} B` }, number(c.messagesOut)) },
      { head: '', kind: 'acts', cell: (c) => [button('Send', () => write(`to ${c.id}`, (message) => post(`${path}/${part(c.id)}`, { message })), { kind: 'quiet' }), button('Close', () => remove(`${path}/${part(c.id)}`).then(refresh), { kind: 'quiet danger' })] },
    ],
  });

  /** write asks for a message in the dialog Send. */
  function write(to, send) {
    const message = field({ label: 'Message', type: 'textarea', rows: 5, mono: true, required: true });
    const fault = h('p', { role: 'alert', class: 'problem' });
    const ask = dialog({
      name: 'Send', body: [h('p', { class: 'hint' }, `A text message ${to}.`), message, fault],
      actions: button('Send', async () => {
        try {
          const answer = await send(message.value);
          ask.shut();
          setText(said, answer?.failed?.length ? `${answer.sent} reached, ${answer.failed.length} not: ${answer.failed[0].message}` : 'Sent');
          await refresh();
        } catch (error) {
          put(fault, error.message);
        }
      }, { kind: 'primary' }),
    });
    ask.start();
    message.input.focus();
  }
  const all = button('Send to those shown', () => {
    const ids = shown.map((c) => c.id);
    write(`to ${number(ids.length)} connections`, (message) => post(path, { connections: ids, message }));
  });

  async function refresh() {
    const found = await get(path, { signal: page.signal, query: { api: api.value.trim(), stage: stage.value.trim(), text: text.value.trim(), limit: 500 } });
    shown = found.connections;
    page.missing(found.silent);
    connections.rows = shown;
    enable(all, shown.length > 0, 'Nobody is shown');
    setText(count, found.total > shown.length ? `The newest ${number(shown.length)} of ${number(found.total)}` : `${number(found.total)} connected`);
  }
  const count = h('p', { class: 'hint', role: 'status' });

  // What passes on one of them, or on all that are asked for.
  const messages = log('Messages', { most: 200, empty: 'What passes from now on stands here.' });
  const heading = h('h2', null, 'Messages as they pass');
  let following = new AbortController();
  function look(id) {
    following.abort();
    following = new AbortController();
    messages.replaceChildren();
    put(heading, id ? ['Messages of ', h('code', null, id), ' ', link('connections', 'all')] : 'Messages as they pass');
    const query = id ? { connection: id } : {};
    follow({
      query, signal: AbortSignal.any([page.signal, following.signal]),
      onsilent: (nodes) => page.missing(nodes, 'messages'),
      tell: (batch) => batch.filter((t) => t.connection).forEach((t) => messages.add(row(t))),
    }).catch((error) => page.fail(error));
  }
  page.onaddress = (place) => look(place.path[0]);

  const { socket, requests } = clients();
  page.show('Connections', all, notice(page), h('div', { class: 'connections live' },
    h('div', { class: 'row' }, api, stage, text), connections, h('div', { class: 'row' }, count, said), heading, messages, socket.element, requests.element));
  look(page.path[0]);
  if (page.query.get('address')) socket.fill(page.query.get('address'));
  for (const f of [api, stage, text]) f.input.addEventListener('input', () => refresh().catch((error) => page.fail(error)));
  await page.every(refresh);
}
