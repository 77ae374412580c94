// Settings: how the gateway was started, its whole configuration out and in, and licences.
import { call, get } from '../js/api.js';
import { lines } from '../js/changes.js';
import { h, put } from '../js/dom.js';
import { button, enable, field, region, table } from '../js/elements.js';

/** open fills the page Settings. */
export async function open(page) {
  const s = await get('/_dragoman/settings', { signal: page.signal });
  const told = [
    ['Version', s.version], ['Signatures', s.auth === 'none' ? 'not asked for (loopback)' : s.auth], ['Served from', s.file ? `${s.file}, read-only` : 'its store'],
    ['APIs at', s.data], ['Management at', s.management], ['Region', s.region], ['Account', s.account],
  ];
  const gateway = table({ name: 'Gateway', key: (r) => r[0], columns: [{ head: 'Setting', cell: (r) => r[0] }, { head: 'Value', kind: 'mono', cell: (r) => String(r[1] ?? '') }] });
  gateway.rows = told;
  const flags = table({
    name: 'Flags', key: (f) => f.name, empty: 'The gateway was not started by a command.',
    columns: [{ head: 'Flag', kind: 'mono', cell: (f) => '--' + f.name }, { head: 'Value', kind: 'mono', cell: (f) => f.value }, { head: '', cell: (f) => (f.changed ? 'set' : 'as usual') }],
  });
  flags.rows = s.flags ?? [];
  const licences = table({ name: 'Licences', key: (l) => l.module, columns: [{ head: 'Module', kind: 'mono', cell: (l) => l.module }, { head: 'Version', kind: 'mono', cell: (l) => l.version }, { head: 'Licence', cell: (l) => l.licence }] });
  licences.rows = s.licences ?? [];

  let wanted = null;
  const changes = region('Changes');
  const tell = (...nodes) => put(changes.body, nodes);
  const nothing = () => tell(h('p', { class: 'nothing' }, 'Choose a file, or drop one here: what it changes is shown before anything is.'));
  const apply = button('Apply import', importIt, { kind: 'primary', disabled: true, why: page.why || 'Choose a file first' });
  const file = field({ label: 'Import', type: 'file', accept: '.yaml,.yml,.json', disabled: page.readOnly, onchange: () => read(file.files[0]), hint: page.why || 'A document that Export, or dragoman export, has written. It replaces the whole configuration.' });
  const drop = h('div', { class: 'drop', on: {
    dragover: (event) => { event.preventDefault(); drop.classList.add('over'); },
    dragleave: () => drop.classList.remove('over'),
    drop: (event) => { event.preventDefault(); drop.classList.remove('over'); if (!page.readOnly) return read(event.dataTransfer.files[0]); },
  } }, file, changes);

  async function read(chosen) {
    wanted = null;
    enable(apply, false, 'Choose a file first');
    if (!chosen) return nothing();
    try {
      const text = await chosen.text();
      const answer = await replace(text, true);
      wanted = text;
      enable(apply, true);
      tell(h('p', null, h('strong', null, chosen.name)), difference(answer));
    } catch (error) {
      tell(h('p', { class: 'problem' }, error.message));
    }
  }

  const replace = (text, dryRun) => call('PUT', '/_dragoman/configuration', { query: { dryRun: dryRun || undefined }, body: text, headers: { 'content-type': 'application/yaml' }, signal: page.signal });

  async function importIt() {
    const answer = await replace(wanted, false);
    wanted = null;
    enable(apply, false, 'It is applied');
    tell(h('p', { class: 'good-text' }, 'Applied.'), difference(answer));
  }

  async function exportIt() {
    const answer = await call('GET', '/_dragoman/configuration', { signal: page.signal });
    const to = URL.createObjectURL(new Blob([typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)], { type: 'application/yaml' }));
    h('a', { href: to, download: 'dragoman.yaml' }).click();
    setTimeout(() => URL.revokeObjectURL(to), 10_000); // not before the browser has read it
  }

  page.show('Settings', button('Export', exportIt), h('h2', null, 'Import'), drop, h('div', { class: 'row actions' }, apply), h('h2', null, 'Gateway'), gateway, h('h2', null, 'Flags'), flags, h('h2', null, 'Licences'), licences);
  nothing();
}

/** difference is what an import says that it changes: a difference of documents, by line. */
const difference = (diff) => (diff ? lines(diff) : h('p', { class: 'nothing' }, 'No changes.'));
