// Metrics: what was served in the last hour, as pictures with their tables, and the totals
// since the gateway began, which are those of /metrics.
import { get } from '../js/api.js';
import { chart } from '../js/chart.js';
import { h, put } from '../js/dom.js';
import { field, number, table } from '../js/elements.js';

const all = 'All';
const sum = (series, name) => series.reduce((total, s) => total.map((n, i) => n + s[name][i]), new Array(60).fill(0));
// Percentiles of several series cannot be told together: the worst of them is shown, and said to be.
const worst = (series, name, p) => new Array(60).fill(null).map((_, i) => series.reduce((most, s) => (s[name][p][i] === null ? most : Math.max(most ?? 0, s[name][p][i])), null));

const charts = [
  { name: 'Requests and messages', unit: 'a minute', lines: (s) => ({ Served: sum(s, 'count'), Messages: sum(s, 'messages') }) },
  { name: 'Connections', unit: 'a minute', lines: (s) => ({ Opened: sum(s, 'connects'), 'Open at a time': sum(s, 'open') }) },
  { name: 'Errors', unit: 'a minute', lines: (s) => ({ '4xx': sum(s, '4xx'), '5xx': sum(s, '5xx'), Throttled: sum(s, 'throttled') }) },
  { name: 'Latency', unit: 'ms', lines: (s) => ({ p50: worst(s, 'latency', 'p50'), p90: worst(s, 'latency', 'p90'), p99: worst(s, 'latency', 'p99') }) },
  { name: 'Integration latency', unit: 'ms', lines: (s) => ({ p50: worst(s, 'integrationLatency', 'p50'), p90: worst(s, 'integrationLatency', 'p90'), p99: worst(s, 'integrationLatency', 'p99') }) },
];

/** open fills the page Metrics. Its address keeps what is chosen. */
export async function open(page) {
  const asked = new URLSearchParams(location.search);
  let answer = null;
  const select = (label, name) => Object.assign(field({ label, type: 'select', options: [all], onchange: show }), { member: name, wanted: asked.get(name) });
  const fields = [select('API', 'api'), select('Stage', 'stage'), select('Route', 'route')];
  const open_ = h('p', { class: 'quiet-text', role: 'status' });
  const pictures = charts.map((c) => chart(c.name, c.unit));
  const totals = table({
    name: 'Totals', key: (t) => [t.name, t.api, t.stage, t.route].join(), empty: 'Nothing was served yet.',
    columns: [
      { head: 'Metric', kind: 'mono', cell: (t) => t.name }, { head: 'API', cell: (t) => t.api }, { head: 'Stage', cell: (t) => t.stage },
      { head: 'Route', cell: (t) => t.route || '' }, { head: 'Total', kind: 'number', cell: (t) => String(t.value) },
    ],
  });
  page.show('Metrics', null, h('div', { class: 'row' }, fields), open_, h('div', { class: 'grid charts' }, pictures), h('h2', null, 'Totals since the start'),
    h('p', { class: 'quiet-text' }, 'Equal to what ', h('a', { href: '/metrics', target: '_blank' }, '/metrics'), ' tells Prometheus; in a fleet, summed over all nodes.'), h('div', { class: 'totals' }, totals));

  function show() {
    if (!answer) return;
    let series = answer.series;
    let kept = answer.totals;
    const chosen = new URLSearchParams();
    for (const f of fields) {
      const label = (s) => (f.member === 'api' && s.apiName ? `${s.apiName} (${s.api})` : s[f.member] || '(no route)');
      const values = new Map(series.map((s) => [s[f.member], label(s)]));
      f.options = [{ value: '*', label: all }, ...[...values].map(([value, name]) => ({ value, label: name }))];
      if (f.wanted !== null && values.has(f.wanted)) f.value = f.wanted;
      f.wanted = null;
      if (f.value === '*') continue;
      chosen.set(f.member, f.value);
      series = series.filter((s) => s[f.member] === f.value);
      if (f.member !== 'route') kept = kept.filter((t) => t[f.member] === f.value);
    }
    history.replaceState(history.state, '', location.pathname + (chosen.size ? '?' + chosen : ''));
    const from = Date.parse(answer.from);
    const times = Array.from({ length: answer.minutes }, (_, i) => new Date(from + i * answer.step * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
    charts.forEach((c, i) => pictures[i].show(times, c.lines(series), series.length > 1 && c.unit === 'ms' ? 'the slowest of what is chosen' : ''));
    put(open_, `${answer.connections === 1 ? '1 WebSocket connection is' : `${number(answer.connections)} WebSocket connections are`} open. The last hour is kept in memory, of ${answer.mostSeries} routes at most; what is beyond is "other".`);
    totals.rows = kept;
  }

  await page.every(async () => {
    answer = await get('/_dragoman/metrics', { signal: page.signal });
    page.missing(answer.silent);
    show();
  }, 1500);
}
