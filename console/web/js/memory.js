// What is typed stays with the entry of the browser's history that it was typed in: reload,
// back and forward find it again, and whoever comes anew begins anew. The entry has a name
// alone, and the tab's storage the rest, which is written at once.

const prefix = 'dragoman-typed-';

/** remembered is what was kept for this address, undefined for nothing. */
export function remembered() {
  const kept = history.state?.typed && sessionStorage.getItem(history.state.typed);
  return kept ? JSON.parse(kept) : undefined;
}

/** remember keeps a value, which JSON can write, until the page of the signal is left. */
export function remember(value, signal) {
  if (signal.aborted) return;
  const name = history.state?.typed ?? prefix + Date.now() + Math.random();
  if (!history.state?.typed) history.replaceState({ ...history.state, typed: name }, '');
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch { // it is full, of what was typed before
    for (const old of Object.keys(sessionStorage)) if (old.startsWith(prefix)) sessionStorage.removeItem(old);
  }
}
