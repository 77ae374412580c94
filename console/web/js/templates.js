// The templates of an integration or of a response, each in an editor of its own, and texts
// that are to be JSON objects.
import { h, put } from './dom.js';
import { editor } from './editor.js';
import { button, field } from './elements.js';

/**
 * templates({typed, changed}) has editors named 'Template KEY' in .element, and .add, which
 * adds one; .value is {key: text}, .fill(texts) sets them, .tell(key, tokens, fault) marks one.
 * typed is called for each key that is pressed, changed when a template comes or goes.
 */
export function templates({ typed, changed }) {
  const editors = new Map();
  const element = h('div', { class: 'stack' });
  const name = field({ label: 'Template key', mono: true, value: '$default' });
  const next = () => { name.value = editors.has('$default') ? 'application/json' : '$default'; };
  function write(key, text) {
    const e = editor({ label: `Template ${key}`, rows: 8, value: text, oninput: typed });
    const gone = button('Remove', () => { editors.delete(key); box.remove(); return changed(); }, { kind: 'quiet', 'aria-label': `Remove template ${key}` });
    const box = h('div', { class: 'template' }, e, gone);
    editors.set(key, e);
    element.append(box);
  }
  const add = h('div', { class: 'row' }, name, button('Add template', () => {
    const key = name.value.trim() || '$default';
    if (!editors.has(key)) write(key, '');
    editors.get(key).input.focus();
    next();
    return changed();
  }));
  return {
    element, add,
    get value() { return Object.fromEntries([...editors].map(([key, e]) => [key, e.value])); },
    fill(texts = {}) {
      put(element);
      editors.clear();
      for (const key of Object.keys(texts).sort()) write(key, texts[key]);
      next();
    },
    tell(key, tokens, fault) {
      const e = editors.get(key);
      if (!e) return;
      e.tokens = tokens;
      e.mark = fault;
    },
  };
}

/** objectOf reads the JSON of an editor, {} where there is none; what is no object is told there, and null. */
export function objectOf(e) {
  e.error = '';
  if (!e.value.trim()) return {};
  try {
    const value = JSON.parse(e.value);
    if (!value || typeof value !== 'object' || Array.isArray(value)) throw new Error('want a JSON object');
    return value;
  } catch (error) {
    e.error = error.message;
    return null;
  }
}

/** canonical writes a value with its members in order, and nothing like ''. */
export function canonical(value) {
  if (value && typeof value === 'object') return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return value === undefined || value === '' ? '[]' : JSON.stringify(value);
}
