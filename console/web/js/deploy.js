// The dialog in which an API is deployed to a stage, with what that would change.
import { list, post } from './api.js';
import { h, part, put } from './dom.js';
import { compare, lines } from './diff.js';
import { button, dialog, enable, field, region } from './elements.js';

/**
 * deploy(page, apiId, {unsaved, before, after}) asks for a stage and deploys there. before and
 * after() are a resource as it was when its page was opened, and as it is stored: what has
 * changed since is shown.
 */
export async function deploy(page, apiId, { unsaved, before, after }) {
  const stages = await list(`/v2/apis/${part(apiId)}/stages`, { signal: page.signal });
  const changes = region('Changes');
  const stage = field({
    label: 'Stage', type: 'select', options: stages.map((s) => ({ value: s.stageName, label: s.stageName })), onchange: () => tell(),
  });
  const note = h('p', { class: 'hint', role: 'status' });
  const go = button('Deploy', async () => {
    await post(`/v2/apis/${part(apiId)}/deployments`, { stageName: stage.value });
    d.shut();
  }, { kind: 'primary' });
  const d = dialog({ name: 'Deploy', body: [unsaved && h('p', null, 'What is not saved is not deployed.'), stage, note, changes], actions: [go] });

  function tell() {
    const chosen = stages.find((s) => s.stageName === stage.value);
    enable(go, Boolean(chosen) && !chosen.autoDeploy, chosen ? 'This stage deploys by itself' : 'There is no stage');
    put(note, !chosen ? 'This API has no stage.' : chosen.autoDeploy ? 'This stage deploys by itself.' : chosen.deploymentId ? `Serves deployment ${chosen.deploymentId}.` : 'Serves nothing yet.');
    const here = compare(readable(before), readable(after())).filter(([mark]) => mark !== ' ');
    put(changes.body, here.length ? lines(here) : h('p', { class: 'nothing' }, 'Nothing was changed here since the page was opened.'));
  }
  d.start();
  tell();
}

/** readable writes a resource by lines, texts as they stand, so that they can be told apart. */
function readable(value, name = '') {
  if (value && typeof value === 'object') return Object.keys(value).sort().map((key) => readable(value[key], name ? `${name} ${key}` : key)).join('\n');
  const text = String(value);
  return text.includes('\n') ? `${name}:\n${text.replace(/^/gm, '  ')}` : `${name}: ${text}`;
}
