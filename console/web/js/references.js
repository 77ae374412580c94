// What an evaluation tells of references, one by one.
import { h, put } from './dom.js';

const most = 500; // that are shown; a loop tells of some in each round

/** show(element, references, more) lists them: place, text, and the value or UNRESOLVED. */
export function show(element, references = [], more = 0) {
  const lines = references.slice(0, most).map((r) => h('li', null,
    h('span', { class: 'place' }, r.line ? `${r.line}:${r.column}` : ''),
    h('span', null, r.text, ' ', r.unresolved ? h('strong', { class: 'gone' }, 'UNRESOLVED' + from(r)) : `= ${JSON.stringify(r.value)}${r.bytes ? `… (${r.bytes} bytes)` : ''}`)));
  const left = references.length - lines.length + more;
  put(element, lines.length ? h('ul', { class: 'references' }, lines) : h('p', { class: 'nothing' }, 'No references.'), left > 0 && h('p', { class: 'nothing' }, `… and ${left} more`));
}

/** from says at which step a longer reference led nowhere. */
function from(r) {
  if (!r.step || r.text.endsWith(r.step) || r.text.endsWith(r.step + '}')) return '';
  return ` from ${r.stepLine}:${r.stepColumn} ${r.step} on`;
}
