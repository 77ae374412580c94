// The APIs: a table of all, and each as a picture.
import { list } from '../js/api.js';
import { link, part } from '../js/dom.js';
import { badge, code, table } from '../js/elements.js';

export async function open(page) {
  const apis = table({
    name: 'APIs', key: (a) => a.apiId, empty: 'There are no APIs yet.',
    columns: [
      { head: 'Name', cell: (a) => link(`apis/${part(a.apiId)}`, a.name) },
      { head: 'Protocol', cell: (a) => badge(a.protocolType) },
      { head: 'ID', kind: 'mono', cell: (a) => a.apiId },
      { head: 'Endpoint', kind: 'mono', cell: (a) => code(a.apiEndpoint) },
    ],
  });
  page.show('APIs', null, apis);
  await page.every(async () => { apis.rows = await list('/v2/apis', { signal: page.signal }); });
}
