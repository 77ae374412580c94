const { startDragoman } = require('dragoman');

let d;
beforeAll(async () => { d = await startDragoman({ template: 'hello.yaml', port: 0 }); }, 60_000);
afterAll(() => d?.stop());

test('an API answers', async () => {
  const answer = await fetch(d.url('Web') + '/world');
  expect(await answer.json()).toEqual({ hello: '/world' });
});
