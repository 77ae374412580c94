// Makes and fills elements. Whatever comes from outside becomes a text node or the value of
// an attribute: there is no way from here to markup.

const svgSpace = 'http://www.w3.org/2000/svg';

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === 'value' || name === 'checked' || name === 'disabled') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false));
  return element;
}

/** h('a', {href, class, on: {click}}, 'text', child, …) makes an element of HTML. */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/** s('path', {d}, …) makes an element of SVG. */
export const s = (tag, props, ...children) => fill(document.createElementNS(svgSpace, tag), props, children);

/** put replaces what an element holds. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false));
  return element;
}

/** setText changes a text only where it differs, so that live regions tell what is new. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** link('apis/a1', 'pets') is a link to an address of the console. */
export const link = (address, ...children) => h('a', { href: at(address) }, ...children);

/** at is the path of an address of the console. Parts of addresses are encoded by `part`. */
export const at = (address) => (address.startsWith('/') ? address : '/console/' + address);
export const part = encodeURIComponent;

/** debounce calls once, ms after the last time that it was asked to. */
export function debounce(ms, f) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(f, ms, ...args);
  };
}

let last = 0;
/** id is one that no other element has. */
export const id = (prefix = 'x') => `${prefix}-${++last}`;
