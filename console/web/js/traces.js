// Follows records of exchanges: what is kept, and each that comes, ten batches a second at
// most, so that a flood of them leaves the browser free to answer clicks.
import { get, stream } from './api.js';

const most = 500;

/**
 * follow tells of records, oldest first and each once, until signal is aborted: tell(batch).
 * query is what they are filtered by. onlost(n) hears of those that came too fast, onsilent(nodes)
 * of the nodes that do not answer, and of none when all do again.
 */
export function follow({ query, signal, tell, onlost = () => {}, onsilent = () => {} }) {
  const known = new Set();
  let waiting = [];
  let drawn = 0;
  let flushed = -100;
  let catching = false; // up with what is kept: what comes meanwhile is told behind it

  function add(trace) {
    if (known.has(trace.id)) return;
    known.add(trace.id);
    if (known.size > 4 * most) known.delete(known.values().next().value);
    waiting.push(trace);
    if (waiting.length > most) waiting = waiting.slice(-most);
    if (!drawn && !catching) drawn = draw();
  }
  const draw = () => setTimeout(() => requestAnimationFrame(flush), Math.max(1, 100 - (performance.now() - flushed)));
  function flush() {
    drawn = 0;
    flushed = performance.now();
    if (signal.aborted || !waiting.length) return;
    const batch = waiting;
    waiting = [];
    tell(batch);
  }
  async function catchUp() {
    catching = true;
    const early = waiting;
    waiting = [];
    try {
      const answer = await get('/_dragoman/traces', { query: { ...query, limit: most }, signal });
      onsilent(answer.silent ?? []);
      const kept = answer.traces.reverse();
      const late = [...early, ...waiting];
      waiting = [];
      for (const trace of kept) if (!late.some((x) => x.id === trace.id)) add(trace);
      waiting = [...waiting, ...late].slice(-most);
    } finally {
      catching = false;
      if (waiting.length && !drawn) drawn = draw();
    }
  }
  return stream('/_dragoman/traces/stream', {
    query, signal,
    onopen: () => { catchUp().catch(() => {}); },
    onevent: (name, data) => {
      if (name === 'trace') add(JSON.parse(data));
      if (name === 'silent') onsilent(JSON.parse(data).nodes);
      if (name === 'lost') onlost(JSON.parse(data).traces);
    },
  });
}
