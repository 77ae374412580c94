// A text with line numbers, colours and the place of its fault: a textarea as it is, over a
// picture of its text. What is coloured how, the gateway's own parser says.
import { h, put } from './dom.js';
import { field } from './elements.js';

/**
 * editor({label, rows, value, oninput, hint}) is a field. .tokens = [[start, end, class]] colours
 * it, .mark = {line, column, message} marks a line and tells what is wrong there, null nothing.
 * .value keeps line ends as they were set; what is typed has those of the browser.
 */
export function editor({ label, rows = 8, value = '', oninput = () => {}, ...props }) {
  const f = field({ label, type: 'textarea', rows, mono: true, wrap: 'off', ...props });
  const lines = h('div', { class: 'lines', 'aria-hidden': 'true' });
  const picture = h('pre', { class: 'picture', 'aria-hidden': 'true' });
  const input = f.input;
  let raw = null; // what was set, while nothing was typed
  let shown = ''; // what the picture shows
  let tokens = [];
  let bad = 0; // the line that is marked

  input.before(h('div', { class: 'editor' }, lines, h('div', { class: 'paper' }, picture)));
  picture.after(input);

  function paint() {
    shown = input.value;
    const pieces = [];
    let at = 0;
    for (const [start, end, kind] of tokens) {
      if (start > at) pieces.push(shown.slice(at, start));
      pieces.push(h('span', { class: 't-' + kind }, shown.slice(start, end)));
      at = end;
    }
    put(picture, pieces, shown.slice(at) + '\n');
    number();
    follow();
  }
  function number() {
    const n = shown.split('\n').length;
    if (lines.childElementCount !== n) put(lines, Array.from({ length: n }, (_, i) => h('span', null, String(i + 1))));
    [...lines.children].forEach((line, i) => line.classList.toggle('bad', i + 1 === bad));
  }
  function follow() {
    picture.scrollTop = lines.scrollTop = input.scrollTop;
    picture.scrollLeft = input.scrollLeft;
  }
  /** moved keeps the colours of what stands before and behind a change until the gateway has told. */
  function moved() {
    const text = input.value;
    let before = 0;
    while (before < shown.length && before < text.length && shown[before] === text[before]) before++;
    let behind = 0;
    while (behind < shown.length - before && behind < text.length - before && shown.at(-1 - behind) === text.at(-1 - behind)) behind++;
    const by = text.length - shown.length;
    tokens = tokens.flatMap((t) => (t[1] <= before ? [t] : t[0] >= shown.length - behind ? [[t[0] + by, t[1] + by, t[2]]] : []));
  }

  input.addEventListener('input', () => { raw = null; moved(); paint(); oninput(input.value); });
  input.addEventListener('scroll', follow);
  Object.defineProperties(f, {
    value: {
      get: () => raw ?? input.value,
      set: (v) => { if (v !== (raw ?? input.value)) { raw = v; input.value = v; tokens = []; paint(); } },
    },
    tokens: { set: (all) => { tokens = raw?.includes('\r') ? [] : all ?? []; paint(); } },
    mark: {
      set: (fault) => {
        bad = fault?.line ?? 0;
        number();
        f.error = fault ? told(fault) : '';
      },
    },
  });
  f.value = value;
  paint();
  return f;
}

/** told is a fault as commands tell it. */
export const told = (fault) => (fault.line ? `${fault.line}:${fault.column}: ${fault.message}` : fault.message);
