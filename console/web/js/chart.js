// A chart of the last hour: lines in SVG with a legend, the values under the pointer or the
// arrow keys, and below it the same numbers as a table.
import { h, id, put, s } from './dom.js';
import { table } from './elements.js';

const width = 480;
const height = 160;
const left = 44;
const bottom = 20;
const dashes = ['', '6 3', '2 3']; // lines are told apart without their colours

/** chart('Latency', 'ms') is a figure; .show(times, {name: values}, note) fills it. */
export function chart(name, unit) {
  const title = id('chart');
  const picture = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', tabindex: '0' });
  const said = h('p', { class: 'under', 'aria-live': 'off' });
  const legend = h('ul', { class: 'legend' });
  const more = h('span');
  const body = h('div');
  const figure = h('figure', { class: 'chart card', 'aria-labelledby': title },
    h('h3', { id: title }, `${name}, ${unit}`), more, picture, said, legend, h('details', null, h('summary', null, `${name} as a table`), body));
  let data = { times: [], lines: {} };
  let at = -1;
  let rows = null;

  function mark(to) {
    at = Math.max(-1, Math.min(to, data.times.length - 1));
    picture.querySelector('.at')?.remove();
    if (at < 0) {
      said.textContent = '';
      return;
    }
    picture.append(s('line', { class: 'at', x1: x(at), x2: x(at), y1: 4, y2: height - bottom }));
    said.textContent = `${data.times[at]}: ` + Object.entries(data.lines).map(([n, v]) => `${n} ${words(v[at])}`).join(', ');
  }
  const x = (i) => left + (i * (width - left - 4)) / Math.max(1, data.times.length - 1);
  picture.addEventListener('pointermove', (event) => {
    const box = picture.getBoundingClientRect();
    mark(Math.round((((event.clientX - box.left) / box.width) * width - left) / ((width - left - 4) / Math.max(1, data.times.length - 1))));
  });
  picture.addEventListener('pointerleave', () => mark(-1));
  picture.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    mark(at < 0 ? data.times.length - 1 : at + step);
  });

  function show(times, lines, note = '') {
    const now = JSON.stringify([times, lines, note]);
    if (figure.now === now) return;
    figure.now = now;
    data = { times, lines };
    more.textContent = note;
    const values = Object.values(lines).flat().filter((v) => v !== null);
    const top = round(Math.max(1, ...values));
    const y = (v) => height - bottom - (v * (height - bottom - 8)) / top;
    const parts = [0, 0.5, 1].map((part) => [s('line', { class: 'rule', x1: left, x2: width - 4, y1: y(top * part), y2: y(top * part) }), s('text', { x: left - 6, y: y(top * part) + 4, 'text-anchor': 'end' }, words(top * part))]);
    [0, 20, 40, times.length - 1].forEach((i) => parts.push(s('text', { x: x(i), y: height - 4, 'text-anchor': i === 0 ? 'start' : i === times.length - 1 ? 'end' : 'middle' }, times[i] ?? '')));
    Object.values(lines).forEach((line, i) => {
      const path = line.map((v, n) => (v === null ? '' : `${n === 0 || line[n - 1] === null ? 'M' : 'L'}${x(n).toFixed(1)},${y(v).toFixed(1)}`)).join('');
      parts.push(s('path', { class: `line l${i}`, d: path || 'M0,0', 'stroke-dasharray': dashes[i] }));
      line.forEach((v, n) => { if (v !== null && (line[n - 1] ?? null) === null && (line[n + 1] ?? null) === null) parts.push(s('circle', { class: `dot l${i}`, cx: x(n), cy: y(v), r: 2 })); });
    });
    put(picture, parts);
    picture.setAttribute('aria-label', `${name}, ${unit}: ` + Object.entries(lines).map(([n, v]) => `${n} now ${words(v.at(-1))}`).join(', '));
    put(legend, Object.keys(lines).map((n, i) => h('li', null, s('svg', { width: 24, height: 8, 'aria-hidden': 'true' }, s('line', { class: `line l${i}`, x1: 0, x2: 24, y1: 4, y2: 4, 'stroke-dasharray': dashes[i] })), n)));
    if (!rows) put(body, rows = table({ name: `${name}, table`, key: (r) => r[0], columns: [{ head: 'Minute', cell: (r) => r[1] }, ...Object.keys(lines).map((n, i) => ({ head: n, kind: 'number', cell: (r) => r[i + 2] }))] }));
    rows.rows = times.map((t, i) => [i, t, ...Object.values(lines).map((v) => words(v[i]))]).reverse();
    mark(at);
  }
  return Object.assign(figure, { show });
}

/** words is a number as people read it. */
const words = (v) => (v === null || v === undefined ? '–' : v >= 100 ? String(Math.round(v)) : String(Math.round(v * 100) / 100));

/** round is the next number that an axis may end with. */
function round(v) {
  const size = 10 ** Math.floor(Math.log10(v));
  return [1, 2, 5, 10].find((n) => n * size >= v) * size;
}
