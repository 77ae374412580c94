// Addresses: every page has one, and each goes by the browser's own history.

const base = '/console/';

/** names are the pages, in the order of the navigation. */
export const names = ['Home', 'APIs', 'Live', 'Connections', 'Playground', 'Deployments', 'Metrics', 'Access', 'Functions', 'Settings'];
export const address = (name) => (name === 'Home' ? base : base + name.toLowerCase());

/** read tells which module shows the page of an address, and what the address says beyond. */
export function read(url = new URL(location.href)) {
  const [first = '', ...path] = url.pathname.slice(base.length).split('/').filter(Boolean).map(decode);
  let module = first || 'home';
  if (first === 'apis' && path[1] === 'integrations' && path[2]) module = path[3] === 'responses' && path[4] ? 'response' : path.length === 3 ? 'integration' : module;
  const name = names.find((n) => address(n) === address(first || 'Home'));
  return { module: name ? module : '', name, path, query: url.searchParams, hash: url.hash.slice(1) };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** moved is told when the address has changed. */
export const moved = new EventTarget();

/** go changes the address to one of the console's: 'live/ID' or '/console/live/ID'. */
export function go(to, { replace = false } = {}) {
  const url = new URL(to.startsWith('/') ? to : base + to, location.origin);
  if (url.href !== location.href) history[replace ? 'replaceState' : 'pushState'](null, '', url);
  moved.dispatchEvent(new Event('move'));
}

/** follow makes links to addresses of the console change the page, and back and forward too. */
export function follow() {
  addEventListener('popstate', () => moved.dispatchEvent(new Event('move')));
  document.addEventListener('click', (event) => {
    const to = event.target.closest?.('a')?.getAttribute('href');
    const aside = event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!to?.startsWith(base) || aside) return;
    event.preventDefault();
    go(to);
  });
}
