// The integration response editor: what a client would get of a backend's answer, before
// anything is saved, by the gateway's own parser, chooser and renderer.
import { call, get, list as all, patch, post, Refused } from '../js/api.js';
import { debounce, h, link, part, put, setText } from '../js/dom.js';
import { editor } from '../js/editor.js';
import { button, enable, field, region } from '../js/elements.js';
import { remember, remembered } from '../js/memory.js';
import { show } from '../js/references.js';
import { deploy } from '../js/deploy.js';
import { canonical, objectOf, templates as editors } from '../js/templates.js';

const evaluating = '/_dragoman/evaluate/response';
// What a sample's status is guessed from: the first of these that chooses the response.
const guesses = ['200', '201', '202', '204', '301', '400', '401', '403', '404', '409', '410', '422', '429', '500', '502', '503', '504'];
const members = ['integrationResponseKey', 'contentHandlingStrategy', 'templateSelectionExpression', 'responseTemplates', 'responseParameters'];
const toFunction = (i) => i.integrationType === 'AWS' && /:lambda:(path\/|.*:function:)/.test(i.integrationUri ?? '');

/** open fills the page of an integration response: page.path is [API, 'integrations', ID, 'responses', ID]; the last is new for one that is to be made. */
export async function open(page) {
  const [apiId, , integrationId, , responseId] = page.path;
  const base = `/v2/apis/${part(apiId)}/integrations/${part(integrationId)}`;
  const responses = base + '/integrationresponses';
  const fresh = responseId === 'new';
  const options = { signal: page.signal };
  const [api, integration] = await Promise.all([get(`/v2/apis/${part(apiId)}`, options), get(base, options)]);
  let siblings = []; // all responses of the integration, as they are stored
  let stored = {}; // this one
  const typed = debounce(120, () => rehearse());

  const key = field({ label: 'Response key', mono: true, hint: '/regular expression/ or $default', oninput: typed });
  const handling = field({ label: 'Content handling', type: 'select', onchange: typed, options: [{ value: '', label: 'None' }, 'CONVERT_TO_TEXT', 'CONVERT_TO_BINARY'] });
  const selection = field({ label: 'Template selection expression', mono: true, oninput: typed });
  const parameters = editor({ label: 'Response parameters', rows: 3, hint: '{"method.response.header.NAME": "integration.response.header.NAME"}; a handshake alone has headers', oninput: typed });
  const templates = editors({ typed, changed: () => rehearse() });

  const answer = editor({ label: 'Sample answer', rows: 6, oninput: typed });
  const status = field({ label: 'Sample status', mono: true, oninput: typed, hint: toFunction(integration) ? 'An error text: what a function failed with' : undefined });
  const message = editor({ label: 'Sample message', rows: 2, oninput: typed });
  const context = editor({ label: 'Sample context', rows: 2, oninput: typed, hint: '{"connectionId": "…", "authorizer": {}}' });
  const variables = editor({ label: 'Sample stage variables', rows: 2, oninput: typed });
  const samples = { answer, status, message, context, variables };
  const traces = field({ label: 'From a trace', type: 'select', options: [{ value: '', label: 'Choose one' }], onchange: (id) => take(id) });
  // Asked for when somebody wants one: nobody else needs them here.
  traces.input.addEventListener('focus', () => offer().catch((error) => page.fail(error)));

  const frame = region('Frame', { mono: true });
  const about = h('p', { class: 'told', role: 'status' });
  const references = region('References');
  const keys = editor({ label: 'Test keys', rows: 3, value: '200\n404\n500', hint: 'A status or an error text a line', oninput: typed });
  const chosen = region('Chosen', { small: true });

  /** edited is the response as it is typed; null while its parameters are no JSON. */
  function edited() {
    const map = objectOf(parameters);
    return map && {
      integrationResponseKey: key.value, contentHandlingStrategy: handling.value, templateSelectionExpression: selection.value,
      responseTemplates: templates.value, responseParameters: map,
    };
  }
  const same = (a, b) => members.every((m) => canonical(a[m]) === canonical(b[m]));
  const dirty = () => { const now = edited(); return !now || !same(now, stored); };

  function fill(response) {
    key.value = response.integrationResponseKey ?? '';
    handling.value = response.contentHandlingStrategy ?? '';
    selection.value = response.templateSelectionExpression ?? '';
    const map = response.responseParameters ?? {};
    parameters.value = Object.keys(map).length ? JSON.stringify(map, null, 2) : '';
    templates.fill(response.responseTemplates);
  }

  let asking = new AbortController();
  async function rehearse() {
    remember(Object.fromEntries(Object.entries(samples).map(([name, f]) => [name, f.value])), page.signal);
    const [now, told, stageVariables] = [edited(), objectOf(context), objectOf(variables)];
    enable(save, !page.readOnly && now && (fresh || !same(now, stored)), page.why || 'Nothing is changed');
    if (!now || !told || !stageVariables) return;
    asking.abort();
    asking = new AbortController();
    const at = siblings.findIndex((r) => r.integrationResponseId === responseId);
    const list = at < 0 ? [...siblings, now] : siblings.with(at, now);
    const code = status.value.trim();
    const isCode = /^\d{3}$/.test(code) && !toFunction(integration);
    const lines = keys.value.split('\n').map((l) => l.trim()).filter(Boolean).slice(0, 200);
    const question = {
      integration, responses: list, edited: at < 0 ? siblings.length : at, message: message.value, context: { apiId, ...told }, stageVariables, keys: lines,
      answer: isCode ? { status: Number(code), body: answer.value } : { error: code, body: code && toFunction(integration) && !hasErrorText() ? '' : answer.value },
    };
    try {
      tell(await call('POST', evaluating, { json: question, signal: AbortSignal.any([asking.signal, page.signal]) }), now);
      page.fail(null);
    } catch (error) {
      page.fail(error);
    }
  }
  /** hasErrorText says whether a function's sample answer has an error of its own. */
  function hasErrorText() {
    try {
      return typeof JSON.parse(answer.value).errorMessage === 'string';
    } catch {
      return false;
    }
  }

  function tell(t, now) {
    setText(frame.body, t.frame.body);
    const of = t.key === undefined ? 'no response is chosen' : t.key === now.integrationResponseKey ? `${t.key} is chosen` : `another response is chosen: ${t.key}`;
    const size = `${t.frame.bytes} ${t.frame.bytes === 1 ? 'byte' : 'bytes'}${t.frame.base64 ? ', binary, shown in base64' : ''}`;
    setText(about, t.because ? `${t.because} (${of})` : `${t.selection ? t.selection + ': ' : ''}${of}, ${size}`);
    about.classList.toggle('wrong', Boolean(t.because));
    show(references.body, t.references, t.more);
    put(chosen.body, h('ul', { class: 'chosen' }, (t.tests ?? []).map((one) => h('li', null, `${one.value} → ${one.key ?? 'none: Internal server error'}`))));
    for (const one of t.templates ?? []) {
      templates.tell(one.key, one.tokens, one.fault?.line ? one.fault : t.fault && t.key === now.integrationResponseKey && t.template === one.key ? t.fault : null);
    }
    const broken = (t.broken ?? []).find((b) => b.key === now.integrationResponseKey && !b.line);
    key.error = broken?.message ?? '';
    selection.error = (t.broken ?? []).find((b) => b.key === 'TemplateSelectionExpression')?.message ?? '';
  }

  const save = button('Save', async () => {
    const now = edited();
    const sent = fresh ? Object.fromEntries(Object.entries(now).filter(([, v]) => v !== '')) : Object.fromEntries(members.filter((m) => canonical(now[m]) !== canonical(stored[m])).map((m) => [m, now[m]]));
    const made = fresh ? await post(responses, sent) : await patch(`${responses}/${part(responseId)}`, sent);
    if (fresh) {
      page.go(`apis/${part(apiId)}/integrations/${part(integrationId)}/responses/${part(made.integrationResponseId)}`, { replace: true });
      return;
    }
    stored = made;
    siblings = siblings.map((r) => (r.integrationResponseId === responseId ? made : r));
    page.rename(`Integration response ${made.integrationResponseKey}`);
    await rehearse();
  }, { kind: 'primary', disabled: page.readOnly, why: page.why });
  const release = button('Deploy', () => deploy(page, apiId, { unsaved: dirty() }), { disabled: page.readOnly || fresh, why: page.why });

  /** refresh takes what others have saved, unless something is typed here. */
  async function refresh() {
    const now = await all(responses, options);
    const own = now.find((r) => r.integrationResponseId === responseId);
    if (!own && !fresh) throw new Refused(404, 'NotFoundException', 'This integration response is gone');
    const others = JSON.stringify(siblings) !== JSON.stringify(now);
    siblings = now;
    if (own && !same(own, stored)) {
      const keep = key.value !== '' && dirty();
      stored = own;
      if (!keep) fill(own);
    }
    if (others) await rehearse();
  }

  async function take(id) {
    if (!id) return;
    const trace = await get(`/_dragoman/traces/${part(id)}`, options);
    const step = (name) => trace.steps.findLast((s) => s.name === name)?.data ?? {};
    const body = step('backend').body;
    answer.value = typeof body === 'string' ? body : body?.body ?? '';
    status.value = String(step('backend').status ?? '');
    const sent = step('receive').body;
    message.value = typeof sent === 'string' ? sent : sent?.body ?? '';
    await rehearse();
  }
  /** offer lists the traces of the API that have a backend's answer. */
  async function offer() {
    const kept = (await get('/_dragoman/traces', { ...options, query: { api: apiId, limit: 100 } })).traces.filter((t) => t.steps.some((s) => s.name === 'backend' && s.data));
    traces.options = [{ value: '', label: kept.length ? 'Choose one' : 'None is kept' }, ...kept.map((t) => ({ value: t.id, label: `${t.time.slice(11, 19)} ${t.route} ${t.status} ${t.id.slice(0, 6)}` }))];
  }

  page.show(fresh ? 'New integration response' : 'Integration response', [link(`apis/${part(apiId)}`, api.name), save, release],
    h('div', { class: 'response' },
      h('div', null, h('div', { class: 'pair' }, key, handling), selection, templates.element, templates.add, parameters),
      h('div', null, h('div', { class: 'pair' }, status, traces), answer, h('div', null, frame, about), references, h('div', { class: 'pair' }, keys, chosen),
        h('details', null, h('summary', null, 'Message, context, stage variables'), h('div', { class: 'stack' }, message, context, variables)))));
  const kept = remembered();
  if (!kept) answer.value = '{}';
  for (const [name, text] of Object.entries(kept ?? {})) if (samples[name]) samples[name].value = text;
  await refresh();
  if (!fresh) page.rename(`Integration response ${stored.integrationResponseKey}`);
  const trace = page.query.get('trace');
  if (!kept && trace) await take(trace);
  else if (!kept) await guess();
  await rehearse();
  await page.every(refresh);

  /** guess finds a status that would choose this response. */
  async function guess() {
    if (fresh || toFunction(integration)) {
      status.value = fresh && !toFunction(integration) ? '200' : '';
      return;
    }
    const told = await call('POST', evaluating, { json: { integration, responses: siblings, keys: guesses }, ...options });
    status.value = (told.tests.find((one) => one.key === stored.integrationResponseKey) ?? { value: '200' }).value;
  }
}
