// What is typed stays with the entry of the browser's history that it was typed in: reload,
// back and forward find it again, and whoever comes anew begins anew.

let waiting = null; // what is to be kept, and for whom

function keep() {
  clearTimeout(waiting?.timer);
  if (waiting && !waiting.signal.aborted) history.replaceState({ ...history.state, typed: waiting.value }, '');
  waiting = null;
}
addEventListener('pagehide', keep);

/** remembered is what was kept for this address, undefined for nothing. */
export const remembered = () => history.state?.typed;

/** remember keeps a value, which JSON can write, soon: browsers refuse to be told at every key. */
export function remember(value, signal) {
  clearTimeout(waiting?.timer);
  waiting = { value, signal, timer: setTimeout(keep, 400) };
}
