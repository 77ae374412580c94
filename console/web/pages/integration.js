// An integration: what its backend is sent of a message, before anything is saved, and the
// responses that answer.
import { call, get, list, patch } from '../js/api.js';
import { debounce, h, link, part, put, setText } from '../js/dom.js';
import { editor, told } from '../js/editor.js';
import { button, enable, field, region } from '../js/elements.js';
import { deploy } from '../js/deploy.js';
import { remember, remembered } from '../js/memory.js';
import { show } from '../js/references.js';
import { canonical, objectOf, templates as editors } from '../js/templates.js';
import { membersOf } from './apis.js';

const usual = 'application/json'; // the key where no expression selects one
const evaluate = (language, json, signal) => call('POST', `/_dragoman/evaluate/${language}`, { json, signal });

/** open fills the page of an integration: page.path is [API, 'integrations', ID]. */
export async function open(page) {
  const [apiId, , id] = page.path;
  const path = `/v2/apis/${part(apiId)}/integrations/${part(id)}`;
  const options = { signal: page.signal };
  const api = await get(`/v2/apis/${part(apiId)}`, options);
  const socket = api.protocolType === 'WEBSOCKET';
  const members = socket ? ['templateSelectionExpression', 'passthroughBehavior', 'contentHandlingStrategy', 'requestTemplates', 'requestParameters'] : ['requestParameters'];
  let stored = null;
  const typed = debounce(120, () => rehearse());

  const selection = field({ label: 'Template selection expression', mono: true, oninput: typed, hint: `Its value is the key of the template, ${usual} without one; $default is for the rest` });
  const passthrough = field({ label: 'Passthrough behavior', type: 'select', options: [{ value: '', label: 'Usual: WHEN_NO_MATCH' }, 'WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'], onchange: typed });
  const handling = field({ label: 'Content handling', type: 'select', options: [{ value: '', label: 'None' }, 'CONVERT_TO_TEXT', 'CONVERT_TO_BINARY'], onchange: typed });
  const templates = editors({ typed, changed: () => rehearse() });
  const parameters = editor({ label: 'Request parameters', rows: 4, oninput: typed, hint: socket ? '{"integration.request.header.NAME": "route.request.body.MEMBER"}' : '{"append:header.NAME": "$request.header.NAME"}' });

  const message = editor({ label: 'Sample message', rows: 5, oninput: typed });
  const context = editor({ label: 'Sample context', rows: 2, oninput: typed, hint: '{"connectionId": "…", "authorizer": {}}' });
  const variables = editor({ label: 'Sample stage variables', rows: 2, oninput: typed });
  const samples = { message, context, variables };
  const rendered = region('Rendered', { mono: true });
  const about = h('p', { class: 'told', role: 'status' });
  const references = region('References');
  const mapped = region('Mapped parameters', { mono: true, small: true });

  function edited() {
    const map = objectOf(parameters);
    const all = map && { templateSelectionExpression: selection.value, passthroughBehavior: passthrough.value, contentHandlingStrategy: handling.value, requestTemplates: templates.value, requestParameters: map };
    return all && Object.fromEntries(members.map((m) => [m, all[m]]));
  }
  const same = (a, b) => members.every((m) => canonical(a[m]) === canonical(b[m]));
  function fill(i) {
    selection.value = i.templateSelectionExpression ?? '';
    passthrough.value = i.passthroughBehavior ?? '';
    handling.value = i.contentHandlingStrategy ?? '';
    parameters.value = Object.keys(i.requestParameters ?? {}).length ? JSON.stringify(i.requestParameters, null, 2) : '';
    templates.fill(i.requestTemplates);
  }

  let asking = new AbortController();
  async function rehearse() {
    remember(Object.fromEntries(Object.entries(samples).map(([name, f]) => [name, f.value])), page.signal);
    const [now, fixed, stageVariables] = [edited(), objectOf(context), objectOf(variables)];
    enable(save, !page.readOnly && now && stored && !same(now, stored), page.why || 'Nothing is changed');
    if (!now || !fixed || !stageVariables) return;
    asking.abort();
    asking = new AbortController();
    const signal = AbortSignal.any([asking.signal, page.signal]);
    const sample = { body: message.value, context: { apiId, ...fixed }, stageVariables };
    try {
      await Promise.all([socket && render(now, sample, signal), map(now, sample, signal)]);
      page.fail(null);
    } catch (error) {
      page.fail(error);
    }
  }

  async function render(now, sample, signal) {
    const texts = now.requestTemplates;
    let key = usual;
    let why = '';
    if (now.templateSelectionExpression) {
      const chosen = await evaluate('selection', { expression: now.templateSelectionExpression, ...sample }, signal);
      selection.error = chosen.fault ? told(chosen.fault) : '';
      key = chosen.output ?? '';
      why = `${now.templateSelectionExpression} = ${JSON.stringify(key)}: `;
    } else selection.error = '';
    const taken = Object.hasOwn(texts, key) ? key : Object.hasOwn(texts, '$default') ? '$default' : undefined;
    const answers = await Promise.all(Object.entries(texts).map(async ([k, template]) => [k, await evaluate('template', { template, ...sample }, signal)]));
    for (const [k, answer] of answers) templates.tell(k, answer.tokens, answer.fault?.line ? answer.fault : null);
    const answer = answers.find(([k]) => k === taken)?.[1];
    setText(rendered.body, !answer ? passed(now, texts, sample.body) : answer.output ?? told(answer.fault ?? answer));
    rendered.body.classList.toggle('fault', Boolean(answer) && answer.output === undefined);
    setText(about, `${why}${answer ? `template ${taken} is taken` : 'no template is taken'}`);
    show(references.body, answer?.references, answer?.more);
  }
  /** passed is what becomes of a message that no template takes. */
  const passed = (now, texts, body) => (now.passthroughBehavior === 'NEVER' || (now.passthroughBehavior === 'WHEN_NO_TEMPLATES' && Object.keys(texts).length) ? 'refused: Unsupported Media Type' : body);

  async function map(now, sample, signal) {
    if (!Object.keys(now.requestParameters).length) return setText(mapped.body, '');
    const answer = await evaluate('parameters', { mapping: now.requestParameters, protocol: api.protocolType, direction: 'request', ...sample }, signal);
    setText(mapped.body, answer.output ?? told(answer.fault ?? answer));
    mapped.body.classList.toggle('fault', answer.output === undefined);
  }

  const save = button('Save', async () => {
    const now = edited();
    stored = await patch(path, Object.fromEntries(members.filter((m) => canonical(now[m]) !== canonical(stored[m])).map((m) => [m, now[m]])));
    await rehearse();
  }, { kind: 'primary', disabled: true, why: page.why });
  const release = button('Deploy', () => deploy(page, apiId, { unsaved: !edited() || !same(edited(), stored) }), { disabled: page.readOnly, why: page.why });

  const nouns = h('dl', { class: 'members' });
  const replies = h('ul', { class: 'replies' });
  page.show('integration', [link(`apis/${part(apiId)}`, api.name), save, release], h('div', { class: 'response' },
    h('div', null, socket && [selection, h('div', { class: 'pair' }, passthrough, handling), templates.element, templates.add], parameters),
    h('div', null, message, socket && [h('div', null, rendered, about), references], mapped,
      h('details', null, h('summary', null, 'Context, stage variables'), h('div', { class: 'stack' }, context, variables)))),
  socket && [h('h2', null, 'Integration responses'), replies], h('h2', null, 'All members'), nouns);

  /** refresh takes what others have saved, unless something is typed here. */
  let shown = '';
  async function refresh() {
    const [now, responses] = await Promise.all([get(path, options), socket ? list(`${path}/integrationresponses`, options) : []]);
    const text = JSON.stringify([now, responses]);
    if (text === shown) return;
    shown = text;
    const typing = stored && (!edited() || !same(edited(), stored));
    const fresh = !stored || !same(now, stored);
    stored = now;
    if (fresh && !typing) fill(now);
    page.rename(`integration ${now.integrationType} ${id}`);
    put(nouns, membersOf(now));
    put(replies, responses.map((r) => h('li', null, link(`apis/${part(apiId)}/integrations/${part(id)}/responses/${part(r.integrationResponseId)}`, `response ${r.integrationResponseKey}`))),
      h('li', null, link(`apis/${part(apiId)}/integrations/${part(id)}/responses/new`, 'New integration response')));
    await rehearse();
  }
  const kept = remembered();
  if (!kept) message.value = '{}';
  for (const [name, text] of Object.entries(kept ?? {})) if (samples[name]) samples[name].value = text;
  await page.every(refresh);
}
