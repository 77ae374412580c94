// The APIs: a table of all, each as a picture, and what its boxes stand for.
import { Refused, get, list } from '../js/api.js';
import { h, link, part, put, setText } from '../js/dom.js';
import { badge, code, field, figure, table } from '../js/elements.js';
import { draw, graph } from '../js/picture.js';
import { notice } from '../js/tap.js';
import { follow } from '../js/traces.js';

export async function open(page) {
  const [id, ...rest] = page.path;
  if (!id) return all(page);
  return rest.length ? details(page, id, rest) : one(page, id);
}

async function all(page) {
  const apis = table({
    name: 'APIs', key: (a) => a.apiId, empty: 'There are no APIs yet.',
    columns: [
      { head: 'Name', cell: (a) => link(`apis/${part(a.apiId)}`, a.name) },
      { head: 'Protocol', cell: (a) => badge(a.protocolType) },
      { head: 'ID', kind: 'mono', cell: (a) => a.apiId },
      { head: 'Endpoint', kind: 'mono', cell: (a) => code(a.apiEndpoint) },
    ],
  });
  page.show('APIs', null, h('div', { class: 'apis' }, apis));
  await page.every(async () => { apis.rows = await list('/v2/apis', { signal: page.signal }); });
}

/** one shows an API as a picture, of its configuration or of what a stage serves. */
async function one(page, id) {
  let stage = page.query.get('stage') ?? '';
  const from = field({ label: 'Show', type: 'select', options: [{ value: '', label: 'The configuration' }], onchange: (chosen) => page.go(`apis/${part(id)}${chosen ? `?stage=${part(chosen)}` : ''}`) });
  const about = h('p', { class: 'lead' });
  const drawing = h('div', { class: 'drawing', tabindex: '0', role: 'group', 'aria-label': 'Picture, scrollable' });
  const faults = h('ul', { class: 'faults', hidden: true });
  const stages = table({
    name: 'Stages', key: (s) => s.stageName, empty: 'No stages yet: nothing of this API is served.',
    columns: [
      { head: 'Stage', cell: (s) => s.stageName },
      { head: 'Deployment', kind: 'mono', cell: (s) => s.deploymentId ?? 'none' },
      { head: 'State', cell: (s) => (s.autoDeploy ? badge('deploys by itself', 'good') : s.pending ? badge('pending changes', 'warn') : badge('up to date', 'good')) },
    ],
  });
  page.show('API', from, about);
  const seen = { choices: new Map(), faults: new Map(), integrations: new Map(), responses: new Map() };
  const off = notice(page, { api: id, onchange: (is) => is && watch(page, id, () => stage, seen) });
  page.main.append(h('div', { class: 'apis' }, off, figure('Picture', drawing, 'Numbers count what has passed; answers by response are counted while the trace is on.'), faults, h('h2', null, 'Stages'), stages));
  page.onaddress = async (place) => {
    if (place.path[0] !== id || place.path.length > 1) return false;
    stage = place.query.get('stage') ?? '';
    from.value = stage;
    await draws();
  };
  let drawn = '';
  async function draws() {
    const picture = await get(`/_dragoman/apis/${part(id)}/picture`, { query: { stage }, signal: page.signal });
    page.missing(picture.silent);
    if (picture.api.name !== page.main.querySelector('h1').textContent) page.rename(picture.api.name);
    setText(about, `${picture.api.protocolType} API ${id}${picture.api.description ? ': ' + picture.api.description : ''}`);
    from.options = [{ value: '', label: 'The configuration' }, ...picture.stages.map((s) => ({ value: s.stageName, label: `Stage ${s.stageName}` }))];
    from.value = stage;
    stages.rows = picture.stages;
    for (const r of picture.routes ?? []) seen.integrations.set(r.routeKey, r.target?.replace(/^integrations\//, ''));
    for (const [i, replies] of Object.entries(picture.integrationResponses ?? {})) replies.forEach((r) => seen.responses.set(`${i} ${r.integrationResponseKey}`, r.integrationResponseId));
    const g = graph(picture, seen);
    const now = JSON.stringify(g);
    if (now === drawn) return;
    drawn = now;
    const focused = drawing.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    put(drawing, g.boxes.length ? draw(g) : h('p', { class: 'nothing' }, 'This API has no routes and no integrations yet.'));
    if (focused) [...drawing.querySelectorAll('a')].find((a) => a.getAttribute('href') === focused)?.focus();
    faults.hidden = g.rest.length === 0;
    put(faults, g.rest.map((b) => h('li', null, badge(b.what, 'bad'), ` ${b.name}: ${b.why}`)));
  }
  await page.every(draws);
}

/** watch counts which responses exchanges have taken, and keeps what has failed when it was used last. */
async function watch(page, id, stage, seen) {
  const take = (r) => {
    if (stage() && r.stage !== stage()) return;
    const integration = seen.integrations.get(r.route);
    const step = (name) => r.steps.findLast((x) => x.name === name);
    const judge = (box, x) => x && box && (x.outcome === 'failed' ? seen.faults.set(box, x.why) : seen.faults.delete(box));
    const chosen = step('select')?.data?.key;
    if (chosen) seen.choices.set(`${integration} ${chosen}`, (seen.choices.get(`${integration} ${chosen}`) ?? 0) + 1);
    judge(`${integration} ${step('request')?.data?.key}`, step('request'));
    judge(seen.responses.get(`${integration} ${chosen}`), step('response'));
    judge(integration, step('select'));
  };
  try {
    await follow({ query: { api: id }, signal: page.signal, onsilent: (nodes) => page.missing(nodes, 'answers'), tell: (batch) => batch.forEach(take) });
  } catch (error) {
    if (!page.signal.aborted && !(error instanceof Refused)) page.fail(error);
  }
}

/** kinds are what details are shown of: where the API has them, and what they are called. */
const kinds = { routes: ['route', 'routeKey'], authorizers: ['authorizer', 'name'], models: ['model', 'name'], stages: ['stage', 'stageName'] };

/** details shows what a box stands for, member by member. */
async function details(page, id, [kind, of, below, response]) {
  const known = kinds[kind];
  if (!known || !of) return page.show('Nothing is here', null, h('p', null, 'No part of an API has this address.'));
  const answers = kind === 'routes' && below === 'responses' && response;
  const path = `/v2/apis/${part(id)}/${kind}/${part(of)}${answers ? `/routeresponses/${part(response)}` : ''}`;
  const members = h('dl', { class: 'members' });
  const title = page.show(answers ? 'route response' : known[0], link(`apis/${part(id)}`, 'Picture of the API'), h('div', { class: 'apis' }, members));
  let shown = '';
  await page.every(async () => {
    const noun = await get(path, { signal: page.signal });
    const now = JSON.stringify(noun);
    if (now === shown) return;
    shown = now;
    setText(title, answers ? `route response ${noun.routeResponseKey}` : `${known[0]} ${noun[known[1]]}`);
    put(members, membersOf(noun));
  });
}

/** membersOf are the members of a noun, as a list of definitions has them. */
export const membersOf = (noun) => Object.entries(noun).map(([name, value]) => [h('dt', null, name), h('dd', null, typeof value === 'object' ? texts(value) : h('pre', null, String(value)))]);

/** texts shows a map or a list, templates by the letter. */
function texts(value) {
  const entries = Array.isArray(value) ? value.map((v) => ['', v]) : Object.entries(value);
  return entries.map(([name, v]) => h('div', { class: 'entry' }, name && h('span', { class: 'entry-name' }, name), h('pre', null, typeof v === 'object' ? JSON.stringify(v, null, 2) : String(v))));
}
