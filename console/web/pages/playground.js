// The playground: what the languages of mappings give, while they are typed.
import { call } from '../js/api.js';
import { at, debounce, h, put, setText } from '../js/dom.js';
import { editor, told } from '../js/editor.js';
import { badge, button, copy, field, region, tabs } from '../js/elements.js';
import { remember, remembered } from '../js/memory.js';
import { show } from '../js/references.js';
import { write } from '../js/yaml.js';

// The fields, by the members that questions and cases have for them. What is JSON is an
// object there; cases have names of their own for some.
const fields = {
  template: { label: 'Template', rows: 10, editor: true },
  path: { label: 'JSONPath' },
  expression: { label: 'Selection expression' },
  mapping: { label: 'Parameter mapping', rows: 6, editor: true, json: true },
  protocol: { label: 'Protocol', options: ['WEBSOCKET', 'HTTP'] },
  direction: { label: 'Direction', options: ['request', 'response'] },
  pattern: { label: 'Pattern' },
  texts: { label: 'Texts', rows: 5, editor: true },
  schema: { label: 'JSON Schema', rows: 10, editor: true },
  body: { label: 'Payload', rows: 7, editor: true, as: 'payload' },
  response: { label: 'Response', rows: 4, editor: true, json: true, hint: '{"status": 404, "header": {}, "body": "…"}' },
  context: { label: 'Context', rows: 3, editor: true, json: true, hint: '{"connectionId": "…"}' },
  params: { label: 'Parameters', rows: 3, editor: true, json: true, as: 'parameters', hint: '{"path": {}, "querystring": {}, "header": {}}' },
  stageVariables: { label: 'Stage variables', rows: 2, editor: true, json: true },
};
const languages = [
  { name: 'Template', language: 'template', fields: ['template', 'body', 'context', 'params', 'stageVariables'] },
  { name: 'JSONPath', language: 'jsonpath', fields: ['path', 'body'] },
  { name: 'Selection expression', language: 'selection', fields: ['expression', 'body', 'context', 'params', 'stageVariables', 'response'] },
  { name: 'Parameter mapping', language: 'parameters', fields: ['mapping', 'protocol', 'direction', 'body', 'context', 'params', 'stageVariables', 'response'] },
  { name: 'Pattern', language: 'pattern', fields: ['pattern', 'texts'] },
  { name: 'JSON Schema', language: 'schema', fields: ['schema', 'body'] },
];
const example = {
  template: '#set($order = $input.path(\'$\'))\n{"id": "$order.id", "for": "$context.connectionId", "note": "$order.note"}',
  body: '{"id": 7}', context: '{"connectionId": "c-1"}',
};
const saved = 'dragoman-cases';
const mostCases = 200;

const stored = () => {
  try {
    return JSON.parse(localStorage.getItem(saved)) ?? [];
  } catch {
    return [];
  }
};

export async function open(page) {
  const output = region('Output', { mono: true });
  const references = region('References');
  output.body.classList.add('output');
  let chosen = 0;
  let last = null; // the answer that is shown
  const typed = debounce(120, () => evaluate());

  const inputs = Object.fromEntries(Object.entries(fields).map(([name, f]) => {
    const o = { label: f.label, hint: f.hint, rows: f.rows, oninput: typed };
    return [name, f.editor ? editor(o) : field(f.options ? { ...o, type: 'select', options: f.options } : { ...o, mono: true })];
  }));
  const panels = languages.map(() => h('div', { class: 'stack' }));
  const list = tabs('Languages', languages.map((l, i) => ({ name: l.name, panel: panels[i] })), { onchange: (i) => { choose(i); evaluate(); } });
  function choose(i) {
    chosen = i;
    panels.forEach((p, n) => put(p, n === i ? languages[i].fields.map((name) => inputs[name]) : []));
  }

  /** question is what the gateway is asked; null while a field is no JSON, which is told there. */
  function question() {
    const asked = {};
    let wrong = '';
    for (const name of languages[chosen].fields) {
      const text = inputs[name].value;
      inputs[name].error = '';
      if (!fields[name].json) asked[name] = text;
      else if (text.trim()) {
        try {
          asked[name] = JSON.parse(text);
          if (typeof asked[name] !== 'object' || Array.isArray(asked[name]) || !asked[name]) throw new Error('want a JSON object');
        } catch (error) {
          inputs[name].error = wrong = `${fields[name].label}: ${error.message}`;
        }
      }
    }
    return wrong ? { wrong } : { asked };
  }

  let asking = new AbortController();
  async function evaluate() {
    keep();
    asking.abort();
    asking = new AbortController();
    const { asked, wrong } = question();
    if (!wrong && !asked[languages[chosen].fields[0]]) { // nothing is typed yet
      tell({ output: '' });
      return;
    }
    if (wrong) {
      tell({ error: 'input', message: wrong });
      return;
    }
    try {
      tell(await call('POST', '/_dragoman/evaluate/' + languages[chosen].language, { json: asked, signal: AbortSignal.any([asking.signal, page.signal]) }));
      page.fail(null);
    } catch (error) {
      page.fail(error);
    }
  }

  function tell(answer) {
    last = answer;
    const failed = answer.output === undefined;
    setText(output.body, failed ? told(answer.fault ?? answer) : answer.output);
    output.body.classList.toggle('fault', failed);
    show(references.body, answer.references, answer.more);
    if (languages[chosen].language !== 'template') return;
    inputs.template.tokens = answer.tokens;
    inputs.template.mark = answer.fault?.line ? answer.fault : null;
  }

  const values = () => Object.fromEntries(languages[chosen].fields.map((name) => [name, inputs[name].value]).filter(([, v]) => v !== ''));
  function fill(all) {
    const i = languages.findIndex((l) => l.language === all.language);
    list.choose(Math.max(i, 0), false);
    choose(Math.max(i, 0));
    for (const name of languages[chosen].fields) inputs[name].value = all[name] ?? all[fields[name].as] ?? (fields[name].options?.[0] ?? '');
  }
  const keep = () => remember({ ...values(), language: languages[chosen].language }, page.signal);
  const fragment = () => new URLSearchParams({ language: languages[chosen].language, ...values() }).toString();

  const cases = kept({
    now: () => ({ language: languages[chosen].language, ...values() }),
    answer: () => last,
    fill: (c) => { fill(c); return evaluate(); },
  });
  const link = copy('Copy link', () => {
    const to = at('playground') + '#' + fragment();
    history.replaceState(history.state, '', to);
    return new URL(to, location.origin).href;
  });
  const shown = button('Example', () => { fill(example); return evaluate(); }, { kind: 'quiet' });
  page.show('Playground', [shown, link], h('div', { class: 'playground' }, h('div', null, list), h('div', null, output, references, cases)));
  const asLinked = (hash) => (hash ? Object.fromEntries(new URLSearchParams(hash)) : undefined);
  page.onaddress = (place) => { if (place.hash) { fill(asLinked(place.hash)); return evaluate(); } };
  fill(remembered() ?? asLinked(page.hash) ?? {});
  await evaluate();
}

/** kept is the list of cases that this browser keeps, and what can be done with them. */
function kept({ now, answer, fill }) {
  let all = stored();
  const name = field({ label: 'Case name' });
  const list = h('ul', { class: 'cases' });
  const said = h('p', { role: 'status', class: 'said' });
  const result = (a) => (a.output !== undefined ? { want: a.output } : { wantError: told(a.fault ?? a) });
  const same = (c, a) => JSON.stringify(c.want !== undefined ? { want: c.want } : { wantError: c.wantError }) === JSON.stringify(result(a));
  const store = () => { localStorage.setItem(saved, JSON.stringify(all)); draw(); };

  function draw() {
    put(list, all.map((c) => h('li', null,
      button(c.name, async () => {
        await fill(c);
        setText(said, same(c, answer()) ? `${c.name}: as it was saved` : `${c.name}: differs from what was saved`);
      }, { 'aria-label': `Open ${c.name}` }), badge(c.language),
      button('Delete', () => { all = all.filter((o) => o !== c); store(); }, { kind: 'quiet', 'aria-label': `Delete ${c.name}` }))));
    download.disabled = all.length === 0;
  }
  const save = button('Save case', () => {
    const c = { name: name.value.trim() || `case ${all.length + 1}`, ...now(), ...result(answer()) };
    all = [...all.filter((o) => o.name !== c.name), c].slice(-mostCases);
    setText(said, `${c.name} is saved`);
    store();
  });
  const download = button('Download cases', () => {
    const url = URL.createObjectURL(new Blob([write({ cases: all.map(portable) })], { type: 'application/yaml' }));
    h('a', { href: url, download: 'cases.yaml' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
  draw();
  return h('section', { 'aria-label': 'Cases' }, h('h2', null, 'Cases'), h('div', { class: 'row' }, name, save, download), said, list,
    h('p', { class: 'hint' }, 'Kept in this browser. The download is what dragoman test reads.'));
}

/** portable is a case as `dragoman test` reads it. */
function portable({ name, language, want, wantError, ...members }) {
  const c = { name };
  if (language !== 'template') c.language = language;
  for (const [member, text] of Object.entries(members)) {
    const f = fields[member];
    if (f) c[f.as ?? (member === 'template' ? 'text' : member)] = f.json ? JSON.parse(text) : text;
  }
  return { ...c, ...(want !== undefined ? { want } : { wantError }) };
}
