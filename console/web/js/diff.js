// Two texts told apart by lines.
import { h } from './dom.js';

const most = 1500; // lines that are compared one with each other

/** compare(before, after) is a list of [mark, line]: '-' was there, '+' is there, ' ' both. */
export function compare(before, after) {
  const a = before === '' ? [] : before.split('\n');
  const b = after === '' ? [] : after.split('\n');
  if (a.length > most || b.length > most) return [...a.map((l) => ['-', l]), ...b.map((l) => ['+', l])];
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  }
  const all = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) all.push([' ', a[i]]), i++, j++;
    else if (i < a.length && (j === b.length || common[i + 1][j] >= common[i][j + 1])) all.push(['-', a[i++]]);
    else all.push(['+', b[j++]]);
  }
  return all;
}

/** lines shows what compare has told; each line says by its first letter what it is. */
export const lines = (all) => h('div', { class: 'diff' }, all.map(([mark, line]) => h('div', { class: { '-': 'gone', '+': 'come' }[mark] }, `${mark} ${line}`)));
