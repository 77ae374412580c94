// Access: what an authorizer would say of a token, and who may call: keys, plans, domains.
import { get, list, post } from '../js/api.js';
import { h, part, put } from '../js/dom.js';
import { badge, button, field, form, region, table } from '../js/elements.js';

const sentence = (text) => h('p', { class: 'nothing' }, text);

/** open fills the page Access. */
export async function open(page) {
  const authorizer = field({ label: 'Authorizer', type: 'select', options: [] });
  const token = field({ label: 'Token', type: 'textarea', rows: 4, mono: true, hint: 'With or without “Bearer”. It is sent to this gateway alone, kept nowhere, and emptied when the answer stands.' });
  const scopes = field({ label: 'Scopes of the route', hint: 'Apart by blanks; none where the route asks for none.' });
  const decision = region('Decision');
  const test = h('button', { type: 'submit', class: 'primary' }, 'Test');
  put(decision.body, sentence('Choose an authorizer, give a token and press Test.'));

  async function ask() {
    const secret = token.value;
    try {
      const [api, id] = authorizer.value.split('/');
      const answer = await post('/_dragoman/authorizers/test', { api, authorizer: id, token: secret, scopes: scopes.value.split(/\s+/).filter(Boolean) }, { signal: page.signal });
      const allowed = answer.decision === 'allow';
      put(decision.body,
        h('p', null, badge(allowed ? 'Allow' : 'Deny', allowed ? 'good' : 'bad'), ` ${answer.authorizer}: ${answer.status}`),
        h('p', null, answer.check ? [h('strong', null, `${answer.check} fails. `)] : null, answer.why),
        answer.claims && h('pre', { class: 'mono' }, JSON.stringify(answer.claims, null, 2)));
    } catch (error) {
      put(decision.body, h('p', { class: 'problem' }, error.message));
    } finally {
      token.value = '';
    }
  }

  const plans = table({
    name: 'Usage plans', key: (p) => p.id, empty: 'There are no usage plans.',
    columns: [
      { head: 'Plan', cell: (p) => p.name }, { head: 'Stages', cell: (p) => (p.apiStages ?? []).map((s) => `${s.apiId}/${s.stage}`).join(', ') },
      { head: 'Throttle', cell: (p) => (p.throttle ? `${p.throttle.rateLimit} a second, burst ${p.throttle.burstLimit}` : 'none') },
      { head: 'Quota', cell: (p) => (p.quota ? `${p.quota.limit} a ${p.quota.period.toLowerCase()}` : 'none') },
      { head: 'Keys', cell: (p) => p.keys.join(', ') },
    ],
  });
  const keys = table({
    name: 'API keys', key: (k) => k.id, empty: 'There are no API keys.',
    columns: [{ head: 'Key', cell: (k) => k.name || k.id }, { head: 'ID', kind: 'mono', cell: (k) => k.id }, { head: 'State', cell: (k) => badge(k.enabled ? 'enabled' : 'disabled', k.enabled ? 'good' : 'warn') }],
  });
  const domains = table({
    name: 'Domains', key: (d) => d.domainName, empty: 'There are no custom domains.',
    columns: [
      { head: 'Domain', cell: (d) => d.domainName },
      { head: 'Certificate', kind: 'mono', cell: (d) => d.domainNameConfigurations?.[0]?.certificateArn ?? 'none' },
      { head: 'Routing', cell: (d) => d.routingMode ?? 'API_MAPPING_ONLY' },
      { head: 'Mappings', cell: (d) => d.mappings.map((m) => `/${m.apiMappingKey ?? ''} → ${m.apiId}/${m.stage}`).join(', ') || 'none' },
    ],
  });
  const portals = table({ name: 'Portals', key: (p) => p.portalId, empty: 'There are no portals.', columns: [{ head: 'Portal', kind: 'mono', cell: (p) => p.portalId }, { head: 'State', cell: (p) => p.publishStatus ?? '' }] });

  page.show('Access', null,
    h('h2', null, 'Try an authorizer'), h('div', { class: 'grid' }, form(ask, h('div', { class: 'stack' }, authorizer, token, scopes, h('div', null, test))), decision),
    h('h2', null, 'API keys and usage plans'), h('div', { class: 'stack' }, keys, plans), h('h2', null, 'Custom domains'), domains, h('h2', null, 'Portals'), portals);

  page.every(async () => {
    const o = { signal: page.signal };
    const apis = await list('/v2/apis', o);
    const found = await Promise.all(apis.map(async (a) => (await list(`/v2/apis/${part(a.apiId)}/authorizers`, o)).map((x) => ({ value: `${a.apiId}/${x.authorizerId}`, label: `${x.name} (${a.name}, ${x.authorizerType})` }))));
    authorizer.options = found.flat();
    test.disabled = !found.flat().length;
    const v1 = async (path) => (await get(path, { ...o, query: { limit: 500 } })).item ?? [];
    keys.rows = (await v1('/apikeys')).map(({ id, name, enabled }) => ({ id, name, enabled })); // never a value
    plans.rows = await Promise.all((await v1('/usageplans')).map(async (p) => ({ ...p, keys: (await v1(`/usageplans/${part(p.id)}/keys`)).map((k) => k.name || k.id) })));
    domains.rows = await Promise.all((await list('/v2/domainnames', o)).map(async (d) => ({ ...d, mappings: await list(`/v2/domainnames/${part(d.domainName)}/apimappings`, o) })));
    portals.rows = await list('/v2/portals', o);
  }, 1800);
}
