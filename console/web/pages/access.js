// Access: what an authorizer would say, what was said lately, and who may call: keys, plans,
// domains.
import { get, list, post } from '../js/api.js';
import { h, link, part, put } from '../js/dom.js';
import { badge, clock, enable, field, form, ms, number, region, table } from '../js/elements.js';

const sentence = (text) => h('p', { class: 'nothing' }, text);
const verdict = (decision) => badge(decision === 'allow' ? 'Allow' : 'Deny', decision === 'allow' ? 'good' : 'bad');
const block = (name, text) => text && h('div', { class: 'part-of' }, h('span', { class: 'hint' }, name), h('pre', null, typeof text === 'string' ? text : JSON.stringify(text, null, 2)));

/** open fills the page Access. */
export async function open(page) {
  const { element: trial, offer } = tried();
  const { element: places } = finder(page);
  const decisions = table({
    name: 'Decisions', key: (d) => d.key, empty: 'No authorizer has decided anything yet.',
    columns: [
      { head: 'Time', kind: 'mono', cell: (d) => clock(d.time) },
      { head: 'Decision', cell: (d) => [verdict(d.decision), ` ${d.status}`] },
      { head: 'Authorizer', cell: (d) => [d.authorizer || d.type, d.cached ? [' ', badge('cached')] : []].flat() },
      { head: 'Route', kind: 'mono', cell: (d) => `${d.apiName || d.api}/${d.stage} ${d.route}` },
      { head: 'Who', cell: (d) => d.principal || '—' },
      { head: 'Why', kind: 'wide', cell: (d) => d.why },
      { head: 'Took', kind: 'number', cell: (d) => ms(d.duration) },
    ],
  });
  const keys = table({
    name: 'API keys', key: (k) => k.id, empty: 'There are no API keys.',
    columns: [{ head: 'Key', cell: (k) => k.name || k.id }, { head: 'ID', kind: 'mono', cell: (k) => k.id }, { head: 'State', cell: (k) => badge(k.enabled ? 'enabled' : 'disabled', k.enabled ? 'good' : 'warn') }],
  });
  const plans = table({
    name: 'Usage plans', key: (p) => p.usagePlanId, empty: 'There are no usage plans.',
    columns: [
      { head: 'Plan', cell: (p) => p.name }, { head: 'Stages', cell: (p) => p.apiStages.map((s) => `${s.apiName || s.api}/${s.stage}`).join(', ') || 'none' },
      { head: 'Throttle', cell: (p) => (p.throttle ? `${p.throttle.rateLimit} a second, burst ${p.throttle.burstLimit}` : 'none') },
      { head: 'Quota', cell: (p) => (p.quota ? `${number(p.quota.limit)} a ${p.quota.period.toLowerCase()}` : 'none') },
    ],
  });
  const usage = table({
    name: 'Usage', key: (u) => u.key, empty: 'No key belongs to a plan.',
    columns: [
      { head: 'Key', cell: (u) => u.name || u.apiKeyId }, { head: 'Plan', cell: (u) => u.plan },
      { head: 'Used', kind: 'number', cell: (u) => (u.limit === undefined ? '—' : number(u.used)) }, { head: 'Of', kind: 'number', cell: (u) => (u.limit === undefined ? 'no quota' : number(u.limit)) },
      { head: 'Left', kind: 'number', cell: (u) => (u.left === undefined ? '—' : u.left === 0 ? badge('none left', 'bad') : number(u.left)) },
      { head: 'Until', cell: (u) => (u.until ? u.until.slice(0, 10) : '') },
    ],
  });
  const domains = table({
    name: 'Domains', key: (d) => d.domainName, empty: 'There are no custom domains.',
    columns: [
      { head: 'Domain', cell: (d) => d.domainName },
      { head: 'Expires', cell: (d) => expiry(d.certificate) },
      { head: 'Certificate', kind: 'mono', cell: (d) => d.certificate?.subject || (d.domainNameConfigurations?.[0]?.certificateArn ?? 'none') },
      { head: 'Routing', cell: (d) => d.routingMode ?? 'API_MAPPING_ONLY' },
      { head: 'Mappings', cell: (d) => d.mappings.map((m) => `/${m.apiMappingKey ?? ''} → ${m.api}/${m.stage}`).join(', ') || 'none' },
    ],
  });
  const portals = table({ name: 'Portals', key: (p) => p.portalId, empty: 'There are no portals.', columns: [{ head: 'Portal', kind: 'mono', cell: (p) => p.portalId }, { head: 'State', cell: (p) => p.publishStatus ?? '' }] });

  page.show('Access', null, h('div', { class: 'access' },
    h('h2', null, 'Try an authorizer'), trial, h('h2', null, 'Last decisions'), decisions,
    h('h2', null, 'API keys and usage plans'), h('div', { class: 'stack' }, h('h3', null, 'Keys'), keys, h('h3', null, 'Plans'), plans, h('h3', null, 'Usage in this period'), usage), h('h2', null, 'Custom domains'), h('div', { class: 'stack' }, domains, places), h('h2', null, 'Portals'), portals));

  await page.every(async () => {
    const o = { signal: page.signal };
    const apis = await list('/v2/apis', o);
    offer((await Promise.all(apis.map(async (a) => (await list(`/v2/apis/${part(a.apiId)}/authorizers`, o)).map((x) => ({ ...x, api: a })))) ).flat());
    const [made, uses, home, all, names, doors] = await Promise.all([get('/_dragoman/decisions', o), get('/_dragoman/usage', o), get('/_dragoman/home', o), get('/apikeys', { ...o, query: { limit: 500 } }), list('/v2/domainnames', o), list('/v2/portals', o)]);
    const called = (id) => apis.find((a) => a.apiId === id)?.name ?? id; // an API of another region has its id alone
    decisions.rows = made.decisions.slice(0, 20).map((d, i) => ({ ...d, key: `${d.time} ${i}` }));
    keys.rows = (all.item ?? []).map(({ id, name, enabled }) => ({ id, name, enabled })); // never a value
    plans.rows = uses.usagePlans;
    usage.rows = uses.usagePlans.flatMap((p) => p.keys.map((k) => ({ ...k, key: `${p.usagePlanId} ${k.apiKeyId}`, plan: p.name, limit: p.quota?.limit })));
    domains.rows = await Promise.all(names.map(async (d) => ({ ...d, certificate: home.certificates?.find((c) => c.domain === d.domainName), mappings: (await list(`/v2/domainnames/${part(d.domainName)}/apimappings`, o)).map((m) => ({ ...m, api: called(m.apiId) })) })));
    portals.rows = doors;
  });
}

/** expiry tells when a certificate ends, and whether somebody should care. */
function expiry(c) {
  if (!c) return '—';
  if (c.problem) return badge(c.problem, c.refused ? 'bad' : 'warn');
  return [badge(`${number(c.daysLeft)} days left`, 'good'), ` ${(c.notAfter ?? '').slice(0, 10)}`];
}

/** named reads lines 'Name: value' as an object of texts. */
const named = (text) => Object.fromEntries(text.split('\n').map((l) => l.trim()).filter(Boolean).map((l) => {
  const at = l.indexOf(':');
  if (at < 1) throw new Error(`${l}: want Name: value`);
  return [l.slice(0, at).trim(), l.slice(at + 1).trim()];
}));

/** without hides texts wherever they stand in a value: what was asked with is for nobody who looks. */
function without(value, secrets) {
  if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, '‹hidden›'), value);
  if (!value || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((v) => without(v, secrets));
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, without(v, secrets)]));
}

/** tried is the form by which authorizers are tried. */
function tried() {
  let all = [];
  const authorizer = field({ label: 'Authorizer', type: 'select', options: [], onchange: () => suits() });
  const token = field({ label: 'Token', type: 'textarea', rows: 4, mono: true, hint: 'With or without “Bearer”. It is sent to this gateway alone, kept nowhere, and emptied when the answer stands.' });
  const scopes = field({ label: 'Scopes of the route', hint: 'Apart by blanks; none where the route asks for none.' });
  const headers = field({ label: 'Headers', type: 'textarea', rows: 2, mono: true, placeholder: 'Name: value' });
  const query = field({ label: 'Query', type: 'textarea', rows: 2, mono: true, placeholder: 'name: value' });
  const route = field({ label: 'Route', mono: true, placeholder: '$connect or GET /pets/{id}' });
  const more = h('div', { class: 'stack' }, route, headers, query, h('p', { class: 'hint' }, 'The token stands in each identity source that has no other value. The function is invoked.'));
  const decision = region('Decision');
  const test = h('button', { type: 'submit', class: 'primary' }, 'Test');
  put(decision.body, sentence('Choose an authorizer, give a token and press Test.'));

  const chosen = () => all.find((a) => `${a.api.apiId}/${a.authorizerId}` === authorizer.value);
  function suits() {
    const calls = chosen()?.authorizerType === 'REQUEST';
    more.hidden = !calls;
    scopes.hidden = calls;
    enable(test, all.length > 0, 'There is no authorizer');
  }
  function offer(found) {
    all = found;
    authorizer.options = found.map((x) => ({ value: `${x.api.apiId}/${x.authorizerId}`, label: `${x.name} (${x.api.name}, ${x.authorizerType})` }));
    suits();
  }
  async function ask() {
    const given = token.value;
    try {
      const [api, id] = authorizer.value.split('/');
      const sample = more.hidden ? { scopes: scopes.value.split(/\s+/).filter(Boolean) } : { route: route.value.trim() || undefined, headers: named(headers.value), query: named(query.value) };
      const secrets = [given.replace(/^bearer\s+/i, ''), ...Object.values(sample.headers ?? {}), ...Object.values(sample.query ?? {})].filter((v) => v.length >= 6).sort((a, b) => b.length - a.length);
      tell(without(await post('/_dragoman/authorizers/test', { api, authorizer: id, token: given, ...sample }, { timeout: 60000 }), secrets));
    } catch (error) {
      put(decision.body, h('p', { class: 'problem' }, error.message));
    } finally {
      token.value = headers.value = query.value = ''; // any of them may be what lets somebody in
    }
  }
  function tell(a) {
    put(decision.body,
      h('p', null, verdict(a.decision), ` ${a.authorizer}: ${a.status}`),
      h('p', null, a.check ? [h('strong', null, `${a.check} fails. `)] : null, a.why),
      a.sources?.length && h('ul', { class: 'lines' }, a.sources.map((s) => h('li', null, h('code', null, s.source), ' ', s.found ? 'found' : badge('missing', 'bad')))),
      a.principal && h('p', null, 'Principal ', h('code', null, a.principal)),
      block('statement that decides', a.statement), block('claims', a.claims), block('context', a.context), block('answer of the function', a.answer), block('event of the function', a.event));
  }
  suits();
  return { element: h('div', { class: 'grid' }, form(ask, h('div', { class: 'stack' }, authorizer, token, scopes, more, h('div', null, test))), decision), offer };
}

/** finder tells where a host and a path lead. */
function finder(page) {
  const host = field({ label: 'Host', mono: true, placeholder: 'api.example.com' });
  const path = field({ label: 'Path', mono: true, placeholder: '/pets/7' });
  const headers = field({ label: 'Headers of routing rules', mono: true, placeholder: 'Name: value' });
  const found = region('Leads to', { small: true });
  put(found.body, sentence('Where a request would go, without sending it.'));
  async function find() {
    if (!host.value.trim()) return host.input.focus();
    const p = await get('/_dragoman/domains/test', { query: { host: host.value.trim(), path: path.value.trim(), headers: headers.value.trim() }, signal: page.signal });
    put(found.body,
      h('p', null, p.api ? [badge('found', 'good'), ' ', link(`apis/${part(p.api)}`, p.apiName || p.api), ` stage ${p.stage}, path `, h('code', null, p.rest || '/')] : badge('nowhere', 'bad')),
      h('p', null, p.why), p.mutualTls && h('p', null, 'The domain asks clients for a certificate.'),
      p.certificate && h('p', null, 'Certificate ', h('code', null, p.certificate.subject || p.certificate.domain), ' ', expiry(p.certificate)));
  }
  return { element: h('div', { class: 'card' }, h('h3', null, 'Test a host and a path'), form(find, h('div', { class: 'row' }, host, path, headers, h('button', { type: 'submit' }, 'Find'))), found) };
}
