// Deployments: what each of them serves, what differs between any two, and the way back.
import { call, get, list } from '../js/api.js';
import { h, part, put, setText } from '../js/dom.js';
import { badge, button, field, region, table } from '../js/elements.js';
import { changes } from '../js/changes.js';

const pending = 'pending';
const when = (time) => new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' });

/** open fills the page Deployments. Its address keeps what is compared. */
export async function open(page) {
  const asked = new URLSearchParams(location.search);
  const seen = { api: asked.get('api') ?? '', from: asked.get('from') ?? '', to: asked.get('to') ?? '' };
  let stages = [];
  let told = '';

  const api = field({ label: 'API', type: 'select', options: [], onchange: () => { seen.from = seen.to = ''; told = ''; return refresh(); } });
  const from = field({ label: 'From', type: 'select', options: [], onchange: compare });
  const to = field({ label: 'To', type: 'select', options: [], onchange: compare });
  const stage = field({ label: 'Stage', type: 'select', options: [], onchange: () => show() });
  const shown = region('Changes');
  const back = h('div', { class: 'back' });
  let deployments = [];

  const rows = table({
    name: 'Deployments', key: (d) => d.deploymentId, empty: 'This API has no deployments: nothing of it is served yet.',
    columns: [
      { head: 'Deployment', kind: 'mono', cell: (d) => d.deploymentId },
      { head: 'Made', cell: (d) => when(d.createdDate) },
      { head: 'Description', cell: (d) => d.description ?? (d.autoDeployed ? 'automatic' : '') },
      { head: 'State', cell: (d) => badge(d.deploymentStatus.toLowerCase(), d.deploymentStatus === 'DEPLOYED' ? 'good' : d.deploymentStatus === 'FAILED' ? 'bad' : 'warn') },
      { head: 'Served by', cell: (d) => (d.stages.length ? d.stages.map((s) => [badge(s, 'good'), ' ']) : h('span', { class: 'quiet-text' }, 'no stage')) },
    ],
  });

  page.show('Deployments', null,
    h('div', { class: 'row' }, api), rows,
    h('h2', null, 'Compare'), h('div', { class: 'row' }, from, to), shown,
    h('h2', null, 'Roll back'), h('p', { class: 'quiet-text' }, 'A stage serves what the deployment froze, at once; deployments stay.'),
    h('div', { class: 'row' }, stage), back);

  const keep = () => {
    Object.assign(seen, { api: api.value, from: from.value, to: to.value });
    history.replaceState(history.state, '', location.pathname + (seen.api ? '?' + new URLSearchParams(seen) : ''));
  };

  async function refresh() {
    const apis = await list('/v2/apis', { signal: page.signal });
    api.options = apis.map((a) => ({ value: a.apiId, label: `${a.name} (${a.apiId})` }));
    if (seen.api && apis.some((a) => a.apiId === seen.api)) api.value = seen.api;
    seen.api = '';
    const id = api.value;
    if (!id) {
      rows.rows = [];
      put(back);
      put(shown.body, h('p', { class: 'nothing' }, 'There are no APIs.'));
      return;
    }
    const base = '/v2/apis/' + part(id);
    const [kept, served] = await Promise.all([list(base + '/deployments', { signal: page.signal }), list(base + '/stages', { signal: page.signal })]);
    if (api.value !== id) return;
    stages = served;
    // Oldest first, as they were made: their dates have seconds, and of two of one second none is later by them.
    deployments = kept.toReversed().map((d) => ({ ...d, stages: served.filter((s) => s.deploymentId === d.deploymentId).map((s) => s.stageName) }));
    rows.rows = deployments;
    show();
    await compare();
  }

  function show() {
    const ids = deployments.map((d) => ({ value: d.deploymentId, label: [d.deploymentId, d.stages.join(', ')].filter(Boolean).join(' · ') }));
    // Usually one asks what a deployment would change, so that is what stands there first.
    const fresh = !from.input.options.length;
    from.options = ids;
    to.options = [...ids, { value: pending, label: 'Pending' }];
    if (fresh || seen.from) {
      from.value = ids.some((d) => d.value === seen.from) ? seen.from : (stages.find((s) => s.deploymentId)?.deploymentId ?? ids[0]?.value ?? '');
      to.value = ids.some((d) => d.value === seen.to) ? seen.to : pending;
      seen.from = seen.to = '';
    }
    stage.options = stages.map((s) => s.stageName);
    const chosen = stages.find((s) => s.stageName === stage.value);
    const key = JSON.stringify([chosen, ids]);
    if (back.dataset.shown === key) return;
    back.dataset.shown = key;
    put(back, deployments.map((d) => {
      const why = reason(page, chosen, d);
      return h('span', { class: 'way' }, button('Roll back to ' + d.deploymentId, () => roll(chosen, d), { disabled: !!why, why }), why && h('span', { class: 'quiet-text' }, why));
    }));
  }

  async function roll(s, d) {
    await call('PATCH', `/v2/apis/${part(api.value)}/stages/${part(s.stageName)}`, { json: { deploymentId: d.deploymentId } });
    await refresh();
  }

  async function compare() {
    keep();
    if (!from.value) {
      told = '';
      put(shown.body, h('p', { class: 'nothing' }, 'There is no deployment to compare.'));
      return;
    }
    const answer = await get('/_dragoman/differences', { query: { api: api.value, from: from.value, to: to.value }, signal: page.signal });
    const now = JSON.stringify(answer);
    if (now === told) return;
    told = now;
    put(shown.body, changes(answer.differences));
  }

  page.every(refresh);
}

/** reason says why a stage cannot go back to a deployment, '' where it can. */
function reason(page, stage, d) {
  if (page.why) return page.why;
  if (!stage) return 'There is no stage';
  if (stage.autoDeploy) return `${stage.stageName} deploys by itself`;
  if (stage.deploymentId === d.deploymentId) return `${stage.stageName} serves it`;
  return '';
}
