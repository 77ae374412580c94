// The dialog in which an API is deployed to a stage, with what that would change.
import { get, list, post } from './api.js';
import { changes as shown } from './changes.js';
import { h, part, put } from './dom.js';
import { button, dialog, enable, field, region } from './elements.js';

/** deploy(page, apiId, {unsaved}) asks for a stage and deploys there. */
export async function deploy(page, apiId, { unsaved = false } = {}) {
  const stages = await list(`/v2/apis/${part(apiId)}/stages`, { signal: page.signal });
  const changes = region('Changes');
  const stage = field({ label: 'Stage', type: 'select', options: stages.map((s) => s.stageName), onchange: () => tell().catch((error) => page.fail(error)) });
  const note = h('p', { class: 'hint', role: 'status' });
  const go = button('Deploy', async () => {
    await post(`/v2/apis/${part(apiId)}/deployments`, { stageName: stage.value });
    d.shut();
  }, { kind: 'primary' });
  const d = dialog({ name: 'Deploy', body: [unsaved && h('p', null, 'What is not saved is not deployed.'), stage, note, changes], actions: [go] });

  async function tell() {
    const chosen = stages.find((s) => s.stageName === stage.value);
    enable(go, Boolean(chosen) && !chosen.autoDeploy, chosen ? 'This stage deploys by itself' : 'There is no stage');
    put(note, !chosen ? 'This API has no stage.' : chosen.autoDeploy ? 'This stage deploys by itself.' : chosen.deploymentId ? `Serves deployment ${chosen.deploymentId}.` : 'Serves nothing yet.');
    put(changes.body);
    if (!chosen?.deploymentId) return;
    const told = await get('/_dragoman/differences', { query: { api: apiId, from: chosen.deploymentId, to: 'pending' }, signal: page.signal });
    if (stage.value === chosen.stageName) put(changes.body, shown(told.differences));
  }
  d.start();
  await tell().catch((error) => page.fail(error));
}
