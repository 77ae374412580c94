// The elements that pages are made of. Each has the name and the role by which people with
// screen readers find it; none has a shadow, so that styles and labels reach everywhere.
import { h, id, put, s, setText } from './dom.js';

/** button('Save', save, {kind: 'primary' | 'danger' | 'quiet', disabled, why}): why it is disabled is told. */
export function button(name, onclick, { kind = '', disabled = false, why = '', ...props } = {}) {
  const b = h('button', { type: 'button', class: kind, ...props, on: { click: (event) => guarded(b, () => onclick(event)) } }, name);
  enable(b, !disabled, why);
  return b;
}

/** enable greys a button with the reason, or gives it back. */
export function enable(b, on, why = '') {
  b.disabled = !on;
  if (on || !why) b.removeAttribute('title');
  else b.title = why;
}

/** guarded runs what a button asks for, once at a time, and tells what went wrong. */
async function guarded(b, f) {
  if (b.getAttribute('aria-busy') === 'true') return;
  b.setAttribute('aria-busy', 'true');
  try {
    await f();
  } catch (error) {
    if (error.name !== 'AbortError') b.dispatchEvent(new CustomEvent('problem', { bubbles: true, detail: error }));
  } finally {
    b.removeAttribute('aria-busy');
  }
}

/** toggle('Pause', (pressed) => …) is a button that is pressed or not; its name stays. */
export function toggle(name, onchange, pressed = false) {
  const b = button(name, () => {
    b.setAttribute('aria-pressed', String(b.getAttribute('aria-pressed') !== 'true'));
    onchange(b.getAttribute('aria-pressed') === 'true');
  }, { 'aria-pressed': String(pressed) });
  return b;
}

/** copy('Copy link', () => text) puts a text on the clipboard and says so. */
export function copy(name, text) {
  const said = h('span', { class: 'said', role: 'status' });
  const b = button(name, async () => {
    await navigator.clipboard.writeText(await text());
    said.textContent = 'Copied';
    setTimeout(() => { said.textContent = ''; }, 2000);
  }, { kind: 'quiet' });
  return h('span', { class: 'copy' }, b, said);
}

class Field extends HTMLElement {
  /** value is what stands in the field, or whether a box is checked. */
  get value() { return this.input.type === 'checkbox' ? this.input.checked : this.input.value; }
  set value(v) { this.input.type === 'checkbox' ? (this.input.checked = v) : this.input.value !== v && (this.input.value = v); }
  get files() { return this.input.files; }
  set disabled(v) { this.input.disabled = v; }

  /** error is told with the field; '' for none. */
  set error(text) {
    setText(this.fault, text);
    this.fault.hidden = !text;
    if (text) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
  }

  /** options are those of a select: texts, or {value, label}. What was chosen stays, if it can. */
  set options(all) {
    const wanted = all.map((o) => (typeof o === 'string' ? { value: o, label: o } : o));
    const now = JSON.stringify(wanted);
    if (now === this.has) return;
    const chosen = this.input.value;
    this.has = now;
    put(this.input, wanted.map((o) => h('option', { value: o.value }, o.label)));
    if (wanted.some((o) => o.value === chosen)) this.input.value = chosen;
  }
}
customElements.define('d-field', Field);

/**
 * field({label, type, value, hint, placeholder, rows, options, oninput, onchange, mono, …}):
 * type is text, password, number, search, file, checkbox, textarea or select.
 */
export function field({ label, type = 'text', value, hint, options, oninput, onchange, mono, ...props }) {
  const f = document.createElement('d-field');
  const name = id('field');
  const tag = type === 'textarea' || type === 'select' ? type : 'input';
  f.fault = h('p', { class: 'fault', id: name + '-fault', hidden: true });
  const on = {};
  if (oninput) on.input = () => oninput(f.value);
  if (onchange) on.change = () => onchange(f.value);
  f.input = h(tag, {
    id: name, type: tag === 'input' && type, class: mono && 'mono', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off',
    'aria-describedby': name + '-fault' + (hint ? ` ${name}-hint` : ''), on, ...props,
  });
  if (options) f.options = options;
  if (value !== undefined) f.value = value;
  f.className = type;
  const text = h('label', { for: name }, label);
  f.append(...(type === 'checkbox' ? [f.input, text] : [text, f.input]));
  if (hint) f.append(h('p', { class: 'hint', id: name + '-hint' }, hint));
  f.append(f.fault);
  return f;
}

/** form(submit, ...children) calls submit on Enter and on its button of type submit. */
export function form(submit, ...children) {
  const f = h('form', { novalidate: true, on: { submit: (event) => { event.preventDefault(); guarded(f, submit); } } }, children);
  return f;
}

class Table extends HTMLElement {
  /** rows are what the table shows, each known by its key; those that stayed keep their focus. */
  set rows(rows) {
    const seen = new Set();
    let before = null;
    for (const row of rows) {
      const key = String(this.key(row));
      seen.add(key);
      const now = JSON.stringify(row);
      let kept = this.kept.get(key);
      if (!kept) this.kept.set(key, kept = { line: h('tr') });
      if (kept.now !== now) this.write(kept, row, now);
      const after = before ? before.nextSibling : this.body.firstChild;
      if (kept.line !== after) this.body.insertBefore(kept.line, after);
      before = kept.line;
    }
    for (const [key, kept] of this.kept) {
      if (!seen.has(key)) {
        kept.line.remove();
        this.kept.delete(key);
      }
    }
    this.nothing.hidden = rows.length > 0;
  }

  write(kept, row, now) {
    kept.now = now;
    const focused = [...kept.line.querySelectorAll('a,button,input')].indexOf(document.activeElement);
    put(kept.line, this.columns.map((c, i) => h(i === 0 ? 'th' : 'td', { scope: i === 0 && 'row', class: c.kind }, c.cell(row))));
    if (focused >= 0) kept.line.querySelectorAll('a,button,input')[focused]?.focus();
  }
}
customElements.define('d-table', Table);

/**
 * table({name, columns: [{head, cell(row), kind}], key(row), empty}) shows what is set as its
 * rows. The first column names its row; kind 'number' stands to the right, 'mono' is code.
 */
export function table({ name, columns, key, empty = 'Nothing yet.' }) {
  const t = document.createElement('d-table');
  Object.assign(t, { columns, key, kept: new Map(), body: h('tbody'), nothing: h('p', { class: 'nothing' }, empty) });
  const head = h('tr', null, columns.map((c) => h('th', { scope: 'col', class: c.kind }, c.head)));
  t.append(h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': name + ', scrollable' }, h('table', { 'aria-label': name }, h('thead', null, head), t.body)), t.nothing);
  return t;
}

/**
 * region('Frame', {heading, mono}) has its name as a heading above it, and what is put into
 * .body alone inside of it.
 */
export function region(name, { mono = false, heading = true, live = 'polite', small = false } = {}) {
  const title = id('region');
  const body = h('section', { 'aria-labelledby': title, 'aria-live': live, class: [mono && 'mono', small && 'small'].filter(Boolean).join(' '), tabindex: '0' });
  const r = h('div', { class: 'region' }, h('h3', { id: title, class: !heading && 'hidden' }, name), body);
  return Object.assign(r, { body });
}

/** log('Traces', {most}) has the newest line last; .add(node) drops the oldest beyond most. */
export function log(name, { most = 500, live = 'off', empty = 'Nothing yet.' } = {}) {
  const l = h('div', { role: 'log', 'aria-label': name, 'data-empty': empty, 'aria-live': live, tabindex: '0', class: 'log' });
  l.add = (node, { first = false } = {}) => {
    const ends = l.scrollHeight - l.scrollTop - l.clientHeight < 8;
    if (first) l.prepend(node);
    else l.append(node);
    while (l.childElementCount > most) (first ? l.lastElementChild : l.firstElementChild).remove();
    if (ends && !first) l.scrollTop = l.scrollHeight;
  };
  return l;
}

/** dialog({name, body, actions, onclose}) is modal: .start() opens it, .shut() or Escape ends it. */
export function dialog({ name, body = [], actions = [], onclose }) {
  const title = id('dialog');
  const d = h('dialog', { 'aria-labelledby': title, on: { close: () => { d.remove(); onclose?.(); } } },
    h('h2', { id: title }, name), h('div', { class: 'body' }, body), h('div', { class: 'actions' }, actions, button('Cancel', () => d.close(), { kind: 'quiet' })));
  const start = () => { document.querySelector('main').append(d); d.showModal(); };
  return Object.assign(d, { start, shut: () => d.close() });
}

/** tabs('Languages', [{name, panel}], {chosen, onchange}): arrows walk, as in all tab lists. */
export function tabs(name, all, { chosen = 0, onchange = () => {} } = {}) {
  const heads = all.map((t, i) => {
    const tab = h('button', { type: 'button', role: 'tab', id: id('tab'), on: { click: () => choose(i), keydown: (event) => walk(event, i) } }, t.name);
    const panel = h('div', { role: 'tabpanel', id: id('panel'), 'aria-labelledby': tab.id, tabindex: '-1' }, t.panel);
    tab.setAttribute('aria-controls', panel.id);
    return { tab, panel };
  });
  function choose(i, told = true) {
    heads.forEach(({ tab, panel }, n) => {
      tab.setAttribute('aria-selected', String(n === i));
      tab.tabIndex = n === i ? 0 : -1;
      panel.hidden = n !== i;
    });
    if (told) onchange(i);
  }
  function walk(event, i) {
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + all.length) % all.length;
    choose(next);
    heads[next].tab.focus();
  }
  choose(chosen, false);
  const t = h('div', { class: 'tabs' }, h('div', { role: 'tablist', 'aria-label': name }, heads.map((x) => x.tab)), heads.map((x) => x.panel));
  return Object.assign(t, { choose });
}

/** figure('Picture', drawing, caption) names a drawing. */
export const figure = (name, drawing, caption) => h('figure', { role: 'figure', 'aria-label': name }, drawing, caption && h('figcaption', null, caption));

/** spark('messages a second', values) draws a line of numbers, and says the last and the most. */
export function spark(name, values, { width = 96, height = 22 } = {}) {
  const top = Math.max(1, ...values);
  const x = (i) => ((i * (width - 2)) / Math.max(1, values.length - 1) + 1).toFixed(1);
  const y = (v) => (height - 2 - (v * (height - 4)) / top).toFixed(1);
  const said = `${name}: now ${number(values.at(-1) ?? 0)}, at most ${number(Math.max(0, ...values))}`;
  return s('svg', { class: 'spark', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': said },
    s('polyline', { points: values.map((v, i) => `${x(i)},${y(v)}`).join(' ') }));
}

/** number writes a number for people: 1,204 or 0.25. */
export const number = (n) => n.toLocaleString('en', { maximumFractionDigits: n < 10 ? 2 : 0 });

/** ms writes a duration: 0.04 ms, 23 ms, 1.2 s. */
export const ms = (n) => (n >= 1000 ? `${number(n / 1000)} s` : `${n.toLocaleString('en', { maximumFractionDigits: n < 1 ? 2 : n < 10 ? 1 : 0 })} ms`);

/** clock writes the time of day of an RFC 3339 text, with milliseconds. */
export const clock = (time) => new Date(time).toLocaleTimeString('en', { hour12: false }) + '.' + String(new Date(time).getMilliseconds()).padStart(3, '0');

/** badge('WEBSOCKET', kind) is a small word beside something: kind good, bad, warn or ''. */
export const badge = (text, kind = '') => h('span', { class: `badge ${kind}` }, text);

/** code('…') is a text to be read by the letter. */
export const code = (text) => h('code', null, text);
