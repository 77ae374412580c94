import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDragoman } from 'dragoman';

let d;
before(async () => { d = await startDragoman({ template: 'hello.yaml', port: 0 }); });
after(() => d.stop());

test('an API answers', async () => {
  const answer = await fetch(d.url('Web') + '/world');
  assert.deepEqual(await answer.json(), { hello: '/world' });
});

test('an empty gateway is made, filled and emptied', async () => {
  const own = await startDragoman();
  try {
    const make = () => fetch(own.management + '/v2/apis', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"a","protocolType":"HTTP"}' });
    const made = await (await make()).json();
    assert.equal(own.url(made.apiId), `${own.data}/_aws/execute-api/${made.apiId}`);
    assert.equal(own.webSocketUrl('a1', 'prod'), own.data.replace('http:', 'ws:') + '/_aws/execute-api/a1/prod');
    await own.reset();
    assert.deepEqual((await (await fetch(own.management + '/v2/apis')).json()).items, []);
  } finally {
    await own.stop();
    await own.stop();
  }
  await assert.rejects(fetch(own.management + '/healthz'));
});

test('what does not start says why', async () => {
  await assert.rejects(startDragoman({ flags: ['--account', '1'] }), /want 12 digits/);
  await assert.rejects(startDragoman({ template: 'none.yaml' }), /none\.yaml/);
  await assert.rejects(startDragoman({ template: 'a', seed: 'b' }), /exclude each other/);
});
