// Shows what differs between two configurations, as GET /_dragoman/differences tells it.
import { h } from './dom.js';
import { badge } from './elements.js';

const kinds = { added: 'good', removed: 'bad', changed: 'warn' };
const written = (value) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

/** changes are the nodes that tell of differences; one sentence where there are none. */
export function changes(differences) {
  if (!differences.length) return [h('p', { class: 'nothing' }, 'No changes.')];
  return differences.map((d) => h('div', { class: 'change' },
    h('h4', null, badge(d.change, kinds[d.change]), ` ${d.kind} `, h('code', null, d.name || d.id)),
    d.change === 'removed' ? null : h('dl', null, d.members.map(member))));
}

function member(m) {
  const name = h('dt', { class: 'mono' }, m.name);
  if (m.diff) return [name, h('dd', null, lines(m.diff))];
  return [name, h('dd', { class: 'mono' }, m.before !== undefined && h('del', null, written(m.before)), m.before !== undefined && m.after !== undefined && ' → ', m.after !== undefined && h('ins', null, written(m.after)))];
}

/** lines are those of a difference of texts, each with its sign, so that colour is not all that tells. */
export function lines(diff) {
  const as = { '+': 'ins', '-': 'del' };
  return h('pre', { class: 'diff' }, diff.replace(/\n$/, '').split('\n').map((line) => [h(as[line[0]] ?? 'span', { class: line[0] === '@' && 'quiet-text' }, line), '\n']));
}
