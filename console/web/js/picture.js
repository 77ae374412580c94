// The picture of an API: what stands for what, where it stands, and how it is drawn.
import { at, part, s } from './dom.js';
import { number } from './elements.js';

const wide = 136;
const high = 40;
const apart = 38;
const below = 14;

const columns = ['route', 'authorizer', 'template', 'integration', 'response', 'route response'];
const short = (text, most = 17) => (text.length > most ? text.slice(0, most - 1) + '…' : text);
const firstLine = (text) => short(text.split('\n')[0], 160);

/**
 * graph reads a picture, as GET /_dragoman/apis/ID/picture answers it, and what was seen of
 * traces: {choices: 'integration response' → count, faults: box → why}. It answers boxes and arrows.
 */
export function graph(picture, seen) {
  const boxes = new Map();
  const arrows = new Map();
  const root = `apis/${part(picture.api.apiId)}`;
  const pulses = picture.pulse.routes.filter((p) => !picture.stage || p.stage === picture.stage);
  const box = (kind, key, name, href) => {
    if (!boxes.has(key)) boxes.set(key, { kind, key, name: `${kind} ${name}`, label: name, href: at(href), broken: '', failing: seen.faults.get(key) ?? '' });
    return key;
  };
  const arrow = (from, to, count = 0) => {
    const known = arrows.get(from + '\n' + to);
    if (known) known.count += count;
    else arrows.set(from + '\n' + to, { from, to, count });
  };
  const integrations = new Map((picture.integrations ?? []).map((i) => [i.integrationId, i]));
  const authorizers = new Map((picture.authorizers ?? []).map((a) => [a.authorizerId, a]));

  for (const [id, i] of integrations) {
    const to = `${root}/integrations/${part(id)}`;
    const self = box('integration', id, `${i.integrationType} ${id}`, to);
    for (const key of Object.keys(i.requestTemplates ?? {})) arrow(box('template', `${id} ${key}`, key, `${to}#templates`), self);
    for (const r of picture.integrationResponses?.[id] ?? []) {
      arrow(self, box('response', r.integrationResponseId, r.integrationResponseKey, `${to}/responses/${part(r.integrationResponseId)}`), seen.choices.get(`${id} ${r.integrationResponseKey}`) ?? 0);
    }
  }
  for (const r of picture.routes ?? []) {
    const pulse = pulses.filter((p) => p.route === r.routeKey);
    const count = pulse.reduce((n, p) => n + p.count, 0);
    let last = box('route', r.routeId, r.routeKey, `${root}/routes/${part(r.routeId)}`);
    const authorizer = authorizers.get(r.authorizerId);
    if (authorizer || r.authorizationType === 'AWS_IAM') {
      const id = authorizer?.authorizerId ?? 'AWS_IAM';
      const to = box('authorizer', id, authorizer?.name ?? id, authorizer ? `${root}/authorizers/${part(id)}` : `${root}/routes/${part(r.routeId)}`);
      const why = pulse.find((p) => p.authorizer)?.authorizer;
      if (why) boxes.get(to).failing ||= why;
      arrow(last, to, count);
      last = to;
    }
    const id = r.target?.replace(/^integrations\//, '');
    if (!integrations.has(id)) continue;
    const templates = Object.keys(integrations.get(id).requestTemplates ?? {});
    for (const key of templates) arrow(last, `${id} ${key}`, templates.length === 1 ? count : 0);
    if (templates.length === 0) arrow(last, id, count);
    else if (templates.length === 1) arrow(`${id} ${templates[0]}`, id, count);
    const why = pulse.find((p) => p.backend)?.backend;
    if (why) boxes.get(id).failing ||= why;
    for (const rr of picture.routeResponses?.[r.routeId] ?? []) {
      const to = box('route response', rr.routeResponseId, rr.routeResponseKey, `${root}/routes/${part(r.routeId)}/responses/${part(rr.routeResponseId)}`);
      const replies = picture.integrationResponses?.[id] ?? [];
      for (const reply of replies) arrow(reply.integrationResponseId, to);
      if (replies.length === 0) arrow(id, to);
    }
  }
  const rest = picture.broken.filter((b) => !mark(picture, boxes, b)).map((b) => ({ what: 'broken', name: b.key ?? '', why: b.message }));
  for (const b of boxes.values()) {
    if (b.broken || b.failing) rest.push({ what: b.broken ? 'broken' : 'failing', name: b.name, why: b.broken || b.failing });
    if (b.broken) b.name += `, broken: ${firstLine(b.broken)}`;
    else if (b.failing) b.name += `, failing: ${firstLine(b.failing)}`;
  }
  return { boxes: [...boxes.values()], arrows: [...arrows.values()], rest };
}

/** mark gives what is broken to the box that it is in; false where no box has it. */
function mark(picture, boxes, b) {
  const models = (picture.routes ?? []).filter((r) => !b.integrationId && Object.values(r.requestModels ?? {}).includes(b.key)).map((r) => r.routeId);
  const keys = b.integrationResponseId ? [b.integrationResponseId] : b.integrationId ? [`${b.integrationId} ${b.key}`, b.integrationId] : models;
  const found = b.integrationId ? keys.filter((k) => boxes.has(k)).slice(0, 1) : keys;
  for (const key of found) boxes.get(key).broken ||= b.message;
  return found.length > 0;
}

/** place gives each box where it stands: by columns, near what leads to it, none over another. */
function place({ boxes, arrows }) {
  const used = columns.filter((c) => boxes.some((b) => b.kind === c));
  let tall = 0;
  // Routes stand beside those that lead to the same place.
  const rank = new Map();
  const leads = (key) => arrows.filter((a) => a.from === key).map((a) => a.to);
  const end = (key, deep = 0) => (deep > 3 ? key : leads(key).map((k) => (boxes.find((b) => b.key === k).kind === 'integration' ? k : end(k, deep + 1)))[0] ?? key);
  for (const b of boxes.filter((x) => x.kind === 'integration')) rank.set(b.key, rank.size);
  used.forEach((kind, column) => {
    const mine = boxes.filter((b) => b.kind === kind);
    for (const b of mine) {
      const before = arrows.filter((a) => a.to === b.key).map((a) => boxes.find((x) => x.key === a.from)).filter((x) => x?.y !== undefined);
      b.want = kind === 'route' ? (rank.get(end(b.key)) ?? 1e6) : before.length ? before.reduce((n, x) => n + x.y, 0) / before.length : 0;
    }
    mine.sort((a, b) => a.want - b.want);
    let next = 0;
    mine.forEach((b, i) => {
      b.x = column * (wide + apart);
      b.y = kind === 'route' ? i * (high + below) : Math.max(next, centred(mine, i));
      next = b.y + high + below;
      tall = Math.max(tall, next);
    });
  });
  return { width: used.length * (wide + apart) - apart, height: Math.max(tall - below, high), used };
}

/** centred is where a box wants to stand when its siblings of the same source stand around it. */
function centred(mine, i) {
  const same = mine.filter((b) => b.want === mine[i].want);
  return mine[i].want + (same.indexOf(mine[i]) - (same.length - 1) / 2) * (high + below);
}

/** draw makes the drawing of a graph. */
export function draw(g) {
  const { width, height, used } = place(g);
  const of = new Map(g.boxes.map((b) => [b.key, b]));
  return s('svg', { width: width + 4, height: height + 34, viewBox: `-2 -30 ${width + 4} ${height + 34}`, class: 'picture' },
    used.map((kind, i) => s('text', { x: i * (wide + apart), y: -14, class: 'head' }, `${kind}s`)),
    g.arrows.map((a) => line(of.get(a.from), of.get(a.to), a.count)),
    g.boxes.map(shape));
}

function line(from, to, count) {
  const x1 = from.x + wide;
  const y1 = from.y + high / 2;
  const x2 = to.x;
  const y2 = to.y + high / 2;
  const bend = Math.max(18, (x2 - x1) / 2);
  return s('g', { class: count > 0 ? 'arrow busy' : 'arrow' },
    s('path', { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 5} ${y2}` }),
    s('path', { d: `M${x2 - 7} ${y2 - 3.5}L${x2 - 1} ${y2}L${x2 - 7} ${y2 + 3.5}`, class: 'tip' }),
    count > 0 && s('text', { x: x2 - 9, y: y2 - 6, 'text-anchor': 'end' }, number(count)));
}

// The text of a box is its name: what does not fit is clipped, not cut.
function shape(b) {
  const bad = b.broken || b.failing;
  return s('a', { href: b.href, 'aria-label': b.name, class: bad ? 'box bad' : 'box' },
    s('rect', { x: b.x, y: b.y, width: wide, height: high, rx: 7 }),
    s('svg', { x: b.x + 11, y: b.y, width: wide - 20, height: high },
      s('text', { x: 0, y: 16 }, s('tspan', { class: 'kind' }, b.kind), ' ', s('tspan', { x: 0, dy: 15, class: 'name' }, b.label))),
    bad && s('path', { class: 'mark', d: `M${b.x + wide - 17} ${b.y + 5}l7 12h-14zM${b.x + wide - 17} ${b.y + 9.5}v3.2m0 1.6v.6` }));
}
