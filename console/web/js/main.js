// The frame: navigation, the state of the connection, who is signed in, and which page is shown.
import { connection, every, get, reached } from './api.js';
import { h, put, setText } from './dom.js';
import { button, field } from './elements.js';
import { Page, state } from './page.js';
import { address, follow, go, moved, names, read } from './router.js';
import { changed, inRegion, restore, session, signOut, takeCode } from './session.js';
import { ask, buy, wanted } from './signin.js';

const main = h('main', { id: 'main', tabindex: '-1' });
const links = new Map(names.map((name) => [name, h('a', { href: address(name) }, name)]));
const nav = h('nav', { 'aria-label': 'Console' }, h('ul', null, [...links.values()].map((a) => h('li', null, a))));
const reach = h('p', { role: 'status', class: 'reach' });
const readOnly = h('p', { role: 'status', class: 'readonly', hidden: true });
const leave = button('Sign out', () => signOut(), { kind: 'quiet' });

// Which region is shown, where there are several: each call is for one.
const region = field({ label: 'Region', type: 'select', options: [session.region], onchange: (to) => { inRegion(to); close(); go(address(read().name ?? 'Home')); } }); // what was looked at is in the other one
region.hidden = true;

/** regions learns which there are. */
async function regions() {
  if (wanted()) return;
  const found = await get('/_dragoman/regions').catch(() => null); // whoever is away is told of by the status
  if (!found) return;
  const all = [...new Set([...found.regions, session.region])].sort();
  region.hidden = all.length < 2;
  region.options = all;
  region.value = session.region;
}

/** status writes a status, which has its text as its name. */
function status(element, text) {
  setText(element, text);
  element.setAttribute('aria-label', text);
  element.hidden = !text;
}

function frame() {
  document.body.append(
    h('a', { href: '#main', class: 'skip', on: { click: (event) => { event.preventDefault(); main.focus(); } } }, 'Skip to content'),
    h('header', { class: 'bar' },
      h('div', { class: 'brand' }, h('img', { src: '/console/icon.svg', alt: '', width: 22, height: 22 }), 'Dragoman'),
      nav, h('div', { class: 'foot' }, region, reach, readOnly, theme(), leave)),
    main);
}

/** theme is how the user wants it, light or dark; nothing is what the system has. */
function theme() {
  const dark = () => document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const chosen = localStorage.getItem('dragoman-theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
  const b = button('Dark theme', () => {
    const next = dark() === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    localStorage.setItem('dragoman-theme', next);
    b.setAttribute('aria-pressed', String(next === 'dark'));
  }, { kind: 'quiet', 'aria-pressed': String(dark() === 'dark') });
  return b;
}

let page = null; // that is shown
let shown = ''; // which module shows it

function close() {
  page?.leave();
  page = null;
  shown = '';
  main.querySelectorAll('dialog').forEach((d) => d.close());
}

/** open shows the page of the address. What comes late of a page that was left is dropped. */
async function open({ focus = true } = {}) {
  const place = read();
  document.documentElement.classList.toggle('asking', wanted());
  leave.hidden = !session.signed || !session.key;
  if (wanted()) {
    close();
    ask(main, session.why);
    return;
  }
  for (const [name, a] of links) name === place.name ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current');
  links.get(place.name)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if (page && shown === place.module && page.onaddress) {
    Object.assign(page, place);
    const shows = page;
    const taken = await (async () => page.onaddress(place))().catch((error) => shows.fail(error));
    if (taken !== false) return;
  }
  close();
  const opened = page = new Page(main, place);
  shown = place.module;
  if (!place.module) {
    opened.show('Nothing is here', null, h('p', null, 'No page of the console has this address.'));
    return;
  }
  main.setAttribute('aria-busy', 'true');
  try {
    const module = await import(`/console/pages/${place.module}.js`);
    if (page !== opened) return;
    scrollTo(0, 0);
    await module.open(opened);
  } catch (error) {
    if (page !== opened) return;
    if (!opened.problem.isConnected) opened.show(place.name, null);
    opened.fail(error);
  } finally {
    if (page === opened) main.removeAttribute('aria-busy');
  }
  if (focus && page === opened && !main.contains(document.activeElement)) main.querySelector('h1')?.focus({ preventScroll: true });
}

/** learn asks how the gateway was started: it may be another one since it went. */
async function learn() {
  if (wanted()) return;
  try {
    state.settings = await get('/_dragoman/settings');
  } catch {
    return; // a key for some APIs alone may not ask; whoever is away is told of by the status
  }
  status(readOnly, state.settings.readOnly ? `Read-only: served from ${state.settings.file}` : '');
}

/** beat asks whether the gateway is there. */
async function beat() {
  try {
    await fetch('/healthz', { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(4000) });
    reached(true);
  } catch {
    reached(false);
  }
}

async function start() {
  const code = takeCode();
  restore();
  frame();
  status(reach, 'Connected');
  connection.addEventListener('change', () => {
    status(reach, connection.up ? 'Connected' : 'Disconnected');
    document.documentElement.classList.toggle('away', !connection.up);
    if (connection.up) learn();
  });
  if (code && session.signed) await buy(code).catch((error) => { session.why = error.message.split('\n')[0]; });
  changed.addEventListener('change', async () => { await learn(); await open(); });
  moved.addEventListener('move', () => open());
  follow();
  await learn();
  every(1000, new AbortController().signal, beat);
  every(5000, new AbortController().signal, regions);
  await open({ focus: false });
}

start();
