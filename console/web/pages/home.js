// Home: every API, how it is doing, and what needs somebody.
import { Refused, get } from '../js/api.js';
import { h, link, part, put } from '../js/dom.js';
import { badge, button, code, copy, number, spark, table } from '../js/elements.js';
import { load } from '../js/demo.js';

export async function open(page) {
  const overview = table({
    name: 'Overview', key: (a) => a.apiId,
    columns: [
      { head: 'API', cell: (a) => link(`apis/${part(a.apiId)}`, a.name) },
      { head: 'Protocol', cell: (a) => badge(a.protocolType) },
      { head: 'Stages', cell: (a) => h('div', { class: 'stages' }, a.stages.map(stage)) },
      { head: 'Messages a second', kind: 'pulse', cell: (a) => pulse('Messages a second', a.pulse.count) },
      { head: 'Errors', kind: 'pulse', cell: (a) => pulse('Errors a second', a.pulse.failed, 'bad') },
    ],
  });
  const nodes = table({
    name: 'Nodes', key: (n) => n.id,
    columns: [
      { head: 'Node', kind: 'mono', cell: (n) => [n.id, ' ', n.self ? badge('this one') : []].flat() },
      { head: 'Name', cell: (n) => n.name },
      { head: 'Version', kind: 'mono', cell: (n) => n.version },
      { head: 'APIs', kind: 'mono', cell: (n) => n.data },
      { head: 'Since (UTC)', cell: (n) => (n.started.startsWith('0001') ? '—' : h('time', { datetime: n.started, title: n.started }, n.started.slice(0, 16).replace('T', ' '))) },
      { head: 'Connections', kind: 'number', cell: (n) => number(n.connections) },
      { head: 'Revision', kind: 'number', cell: (n) => String(n.revision) },
      { head: 'State', cell: (n) => (n.fenced ? badge('fenced', 'bad') : badge('serving', 'good')) },
    ],
  });
  const fleet = h('section', { 'aria-label': 'Fleet', hidden: true }, h('h2', null, 'Nodes'), nodes);
  const attention = h('section', { class: 'attention', 'aria-label': 'Needs attention', hidden: true });
  const empty = welcome(page);
  const full = h('div', null, attention, h('h2', null, 'All APIs'), overview);
  full.hidden = empty.hidden = true;
  page.show('Home', null, h('div', { class: 'home' }, empty, full, fleet));
  let told = '';
  let asks = true; // whose key may not know of nodes is shown none
  async function alive() {
    if (!asks) return;
    try {
      nodes.rows = (await get('/_dragoman/fleet', { signal: page.signal })).nodes;
      fleet.hidden = false;
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 403) throw error;
      asks = false;
    }
  }
  await page.every(async () => {
    const [{ apis, certificates, silent }] = await Promise.all([get('/_dragoman/home', { signal: page.signal }), alive()]);
    page.missing(silent);
    empty.hidden = apis.length > 0;
    full.hidden = !empty.hidden;
    overview.rows = apis;
    const needs = [...apis.flatMap(needsOf), ...(certificates ?? []).flatMap(endOf)];
    const now = JSON.stringify(needs);
    if (now === told) return;
    told = now;
    attention.hidden = needs.length === 0;
    put(attention, h('h2', null, 'Needs attention'), h('ul', null, needs.map((n) => h('li', null,
      badge(n.what, n.kind), ' ', link(n.to, n.name), h('span', { class: 'why' }, n.why)))));
  });
}

/** stage says what a stage serves, and whether there is more to be deployed. */
function stage(s) {
  const state = !s.deploymentId ? ['nothing deployed', ''] : s.pending && !s.autoDeploy ? ['pending changes', 'warn'] : ['live', 'good'];
  return h('span', { class: 'stage' }, h('code', null, s.stageName), badge(state[0], state[1]));
}

function pulse(name, values, kind = '') {
  const drawn = spark(name, values);
  if (kind && values.some((v) => v > 0)) drawn.classList.add(kind);
  return h('div', { class: 'beat' }, drawn, h('span', null, number(values.at(-2) ?? 0)));
}

/** needsOf lists what of an API somebody should look at. */
function needsOf(a) {
  const to = `apis/${part(a.apiId)}`;
  const of = (what, kind, why) => ({ what, kind, why, name: a.name, to });
  const failing = (member, what) => [...new Map(a.pulse.routes.filter((r) => r[member]).map((r) => [r[member], r])).values()]
    .map((r) => of(what, 'bad', `route ${r.route || '(none)'} of stage ${r.stage}: ${r[member]}`));
  const pending = a.stages.filter((s) => s.pending && !s.autoDeploy).map((s) => s.stageName);
  return [
    ...a.broken.map((b) => of('broken', 'bad', [b.key, b.message].filter(Boolean).join(': '))),
    ...failing('authorizer', 'authorizer failing'),
    ...failing('backend', 'backend failing'),
    ...(pending.length ? [of('not deployed', 'warn', `changes are not on ${pending.join(', ')} yet`)] : []),
  ];
}

/** endOf tells of a domain whose clients are turned away by its certificate, or soon will be. */
const endOf = (c) => (c.problem ? [{ what: 'certificate', kind: c.refused ? 'bad' : 'warn', name: c.domain, to: 'access', why: c.problem }] : []);

/** welcome is what an empty gateway shows. */
function welcome(page) {
  const at = location.origin;
  const commands = [
    ['create-api', `aws apigatewayv2 create-api --endpoint-url ${at} --name chat --protocol-type WEBSOCKET --route-selection-expression '$request.body.action'`],
    ['import', `dragoman import --endpoint-url ${at} --backend http://localhost:3000 openapi.yaml`],
    ['up', 'dragoman up template.yaml'],
  ];
  const says = ['Make an API with the AWS CLI, an SDK or Terraform', 'Import an OpenAPI document', 'Serve a CloudFormation, SAM or CDK template with its functions'];
  return h('div', { class: 'welcome' },
    h('p', { class: 'lead' }, 'There are no APIs yet. Begin with one of these, or look at the demo: a WebSocket API with two integration responses, deployed and ready.'),
    button('Load the demo', async () => { page.go(`apis/${part((await load()).apiId)}`); }, { kind: 'primary', disabled: page.readOnly, why: page.why }),
    h('ol', { class: 'commands' }, commands.map(([name, command], i) => h('li', null,
      h('div', { class: 'said-before' }, h('span', null, says[i]), copy(`Copy ${name}`, () => command)), code(command)))));
}
