// Shows one record of an exchange: its steps as a waterfall, with what each was decided by.
import { list } from './api.js';
import { h, link, part, s } from './dom.js';
import { badge, clock, ms } from './elements.js';

/** kindOf is good, warn or bad, by how an exchange ended. */
export function kindOf(trace) {
  if (trace.kind === 'disconnect') return [1000, 1001, 1005].includes(trace.status) ? '' : 'warn';
  return trace.status >= 500 ? 'bad' : trace.status >= 400 ? 'warn' : 'good';
}

/** place tells where an exchange was: API/stage. */
export const place = (trace) => [trace.apiName || trace.api || 'no API', trace.stage].filter(Boolean).join('/');

/** step is the last step of a name. */
export const step = (trace, name) => trace.steps.findLast((x) => x.name === name)?.data ?? {};

const plain = (v) => (v !== null && typeof v === 'object' ? JSON.stringify(v) : String(v));

/** bar draws when a step was, of the whole. */
function bar(step, whole) {
  const x = whole > 0 ? Math.min(98, (step.at / whole) * 100) : 0;
  const width = whole > 0 ? Math.max(1, Math.min(100 - x, (step.took / whole) * 100)) : 1;
  return s('svg', { class: 'bar-of', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('rect', { class: 'whole', x: 0, y: 2.5, width: 100, height: 1 }), s('rect', { class: 'part', x: x.toFixed(2), y: 0, width: width.toFixed(2), height: 6 }));
}

/** data shows what a step was decided by: texts by the letter, lists as lines, the rest as names and values. */
function data(d) {
  const parts = [];
  const small = [];
  for (const [name, value] of Object.entries(d)) {
    if (value === '' || value === null || name === 'bytes' || name === 'base64') continue;
    if (name === 'references' && Array.isArray(value)) parts.push([name, h('ul', { class: 'lines' }, value.map((r) => h('li', null, h('code', null, r.text), r.unresolved ? [' ', badge('UNRESOLVED', 'bad')] : [' → ', h('code', null, plain(r.value))])))]);
    else if (name === 'keys' && Array.isArray(value)) parts.push([name, h('ul', { class: 'lines' }, value.map((k) => h('li', null, h('code', null, k.key), ' ', k.outcome)))]);
    else if (Array.isArray(value)) parts.push([name, h('ul', { class: 'lines' }, value.map((v) => h('li', null, h('code', null, typeof v === 'object' && v ? Object.entries(v).filter(([, x]) => x !== '').map(([k, x]) => `${k}: ${plain(x)}`).join('  ') : plain(v)))))]);
    else if (typeof value === 'object') parts.push([name, h('ul', { class: 'lines' }, Object.entries(value).flatMap(([k, v]) => [v].flat().map((one) => h('li', null, h('code', null, `${k}: ${plain(one)}`)))))]);
    else if (name === 'body' || name === 'text' || name === 'rendered' || name === 'stack' || name === 'line' || String(value).length > 80) {
      const said = name === 'body' && d.bytes !== undefined ? `body, ${d.bytes} B${d.base64 ? ', base64' : ''}` : name;
      parts.push([said, h('pre', null, String(value))]);
    } else small.push(h('span', { class: 'pair-of' }, `${name} `, h('code', null, String(value))));
  }
  return [small.length ? h('p', { class: 'pairs' }, small.map((x) => [x, ' '])) : [], parts.map(([name, node]) => h('div', { class: 'part-of' }, h('span', { class: 'hint' }, name), node))];
}

/** show makes the nodes of a record. */
export function show(trace) {
  const head = h('div', { class: 'trace-head' },
    h('p', null, badge(trace.kind), ' ', badge(String(trace.status), kindOf(trace)), ' ', h('strong', null, place(trace)), ' ', h('code', null, trace.route || '—'), ' ', ms(trace.duration), ' ', h('span', { class: 'hint' }, clock(trace.time))),
    trace.connection ? h('p', { class: 'hint' }, 'Connection ', link(`connections/${part(trace.connection)}`, trace.connection)) : [],
    trace.node ? h('p', { class: 'hint' }, 'Node ', h('code', null, trace.node)) : [],
    trace.summary ? h('p', { class: trace.steps.some((x) => x.outcome === 'failed') ? 'problem' : '' }, trace.summary) : [],
    trace.replay ? h('p', { class: 'hint' }, 'A replay of ', link(`live/${part(trace.replay)}`, trace.replay)) : []);
  const steps = trace.steps.map((x) => h('details', { class: `step ${x.outcome}`, open: x.outcome === 'failed' || ['receive', 'request', 'select', 'frame', 'backend'].includes(x.name) },
    h('summary', null, h('span', { class: 'name' }, x.name), ' ', h('span', { class: 'why' }, x.outcome === 'ok' ? '' : badge(x.outcome, x.outcome === 'failed' ? 'bad' : ''), ' ', x.why), ' ',
      h('span', { class: 'hint when' }, `at ${ms(x.at)}, took ${ms(x.took)}`), bar(x, trace.duration)),
    h('div', { class: 'data' }, data(x.data ?? {}))));
  return [head, ...steps];
}

/**
 * sample is the address of the editor of the integration response that a record took, with
 * the record as its sample; throws where there is none.
 */
export async function sample(trace) {
  const api = `/v2/apis/${part(trace.api)}`;
  const route = (await list(`${api}/routes`)).find((r) => r.routeKey === trace.route);
  const integration = route?.target?.replace('integrations/', '');
  if (!integration) throw new Error(`The route ${trace.route || '—'} leads to no integration any more`);
  const responses = await list(`${api}/integrations/${part(integration)}/integrationresponses`);
  const took = step(trace, 'select').key;
  const response = responses.find((r) => r.integrationResponseKey === took) ?? responses.find((r) => r.integrationResponseKey === '$default') ?? responses[0];
  const id = response?.integrationResponseId ?? 'new';
  return `apis/${part(trace.api)}/integrations/${part(integration)}/responses/${part(id)}?trace=${part(trace.id)}`;
}

/** row is a line of a log of records: a link whose name has stage, route and status. */
export function row(trace) {
  return link(`live/${part(trace.id)}`,
    h('span', { class: 'time' }, clock(trace.time)), ' ', h('span', { class: 'where' }, place(trace)), ' ', h('span', { class: 'route' }, trace.route || '—'), ' ',
    h('span', { class: `status ${kindOf(trace)}` }, String(trace.status)), ' ', h('span', { class: 'took' }, ms(trace.duration)), ' ', h('span', { class: 'who' }, trace.connection ? trace.connection.slice(0, 8) : trace.kind), ' ',
    h('span', { class: 'summary' }, trace.summary || ''));
}
