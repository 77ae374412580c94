// The demo: a WebSocket API that answers by itself, made through the management API as
// anybody would make it.
import { post } from './api.js';

const found = '{"order":"42","items":2}';
const missing = '{"order":null,"because":"there is no such order"}';
const request = `#if($input.json("$.id") == '"42"'){"statusCode": 200}#else{"statusCode": 404}#end`;

/** load makes the demo, deployed to its stage prod, and answers its API. */
export async function load() {
  const api = await post('/v2/apis', { name: 'orders', protocolType: 'WEBSOCKET', routeSelectionExpression: '$request.body.action' });
  const at = `/v2/apis/${api.apiId}`;
  const integration = await post(`${at}/integrations`, { integrationType: 'MOCK', requestTemplates: { $default: request }, templateSelectionExpression: '\\$default' });
  for (const [integrationResponseKey, template] of [['/2\\d\\d/', found], ['$default', missing]]) {
    await post(`${at}/integrations/${integration.integrationId}/integrationresponses`, { integrationResponseKey, responseTemplates: { 'application/json': template } });
  }
  const route = await post(`${at}/routes`, { routeKey: 'order', target: `integrations/${integration.integrationId}`, routeResponseSelectionExpression: '$default' });
  await post(`${at}/routes/${route.routeId}/routeresponses`, { routeResponseKey: '$default' });
  await post(`${at}/stages`, { stageName: 'prod' });
  await post(`${at}/deployments`, { stageName: 'prod' });
  return api;
}
