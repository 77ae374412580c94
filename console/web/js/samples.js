// Events to try functions with, one of each kind that a gateway sends.
const time = { requestTime: '02/Jan/2030:03:04:05 +0000', requestTimeEpoch: 1893553445000 };
const at = { domainName: 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com', apiId: 'a1b2c3d4e5', stage: 'dev' };
const socket = (eventType, routeKey, more = {}) => ({
  ...more,
  requestContext: {
    routeKey, ...(eventType === 'MESSAGE' && { messageId: 'bXNnMQ==' }), eventType, extendedRequestId: 'ZXh0MQ=', ...time, messageDirection: 'IN', stage: at.stage,
    connectedAt: 1893553444000, identity: { sourceIp: '127.0.0.1', userAgent: 'wscat' }, requestId: 'cmVxMQ=', domainName: at.domainName, connectionId: 'Y29ubjE=', apiId: at.apiId,
    ...more.requestContext,
  },
  isBase64Encoded: false,
});
const headers = { Host: at.domainName, 'User-Agent': 'wscat' };
const lists = { Host: [at.domainName], 'User-Agent': ['wscat'] };
const http = { method: 'POST', path: '/dev/pets/7', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'curl/8' };
const web = { accept: '*/*', 'content-type': 'application/json', host: at.domainName };
const context2 = { accountId: '123456789012', apiId: at.apiId, domainName: at.domainName, domainPrefix: at.apiId, http, requestId: 'cmVxMQ=', routeKey: 'POST /pets/{id}', stage: at.stage, time: time.requestTime, timeEpoch: time.requestTimeEpoch };
const request2 = { version: '2.0', routeKey: 'POST /pets/{id}', rawPath: '/dev/pets/7', rawQueryString: 'limit=1', headers: web, queryStringParameters: { limit: '1' }, requestContext: context2, pathParameters: { id: '7' } };
const arn = `arn:aws:execute-api:us-east-1:123456789012:${at.apiId}/${at.stage}`;

export const samples = [
  { name: 'WebSocket message', event: socket('MESSAGE', 'order', { body: '{"action":"order","id":"7"}' }) },
  { name: 'WebSocket $connect', event: socket('CONNECT', '$connect', { headers, multiValueHeaders: lists, queryStringParameters: { room: 'one' }, multiValueQueryStringParameters: { room: ['one'] } }) },
  { name: 'WebSocket $disconnect', event: socket('DISCONNECT', '$disconnect', { headers, multiValueHeaders: lists, requestContext: { disconnectStatusCode: 1001, disconnectReason: 'Going away' } }) },
  { name: 'HTTP API 2.0', event: { ...request2, body: '{"name":"Rex"}', isBase64Encoded: false } },
  {
    name: 'HTTP API 1.0',
    event: {
      version: '1.0', resource: '/pets/{id}', path: '/dev/pets/7', httpMethod: 'POST', headers: web, multiValueHeaders: Object.fromEntries(Object.entries(web).map(([k, v]) => [k, [v]])),
      queryStringParameters: { limit: '1' }, multiValueQueryStringParameters: { limit: ['1'] },
      requestContext: { accountId: '123456789012', ...at, domainPrefix: at.apiId, extendedRequestId: 'cmVxMQ=', httpMethod: 'POST', identity: { sourceIp: '127.0.0.1', userAgent: 'curl/8' }, path: '/dev/pets/7', protocol: 'HTTP/1.1', requestId: 'cmVxMQ=', ...time, resourceId: 'POST /pets/{id}', resourcePath: '/pets/{id}' },
      pathParameters: { id: '7' }, stageVariables: null, body: '{"name":"Rex"}', isBase64Encoded: false,
    },
  },
  { name: 'Authorizer, WebSocket REQUEST', event: { type: 'REQUEST', methodArn: `${arn}/$connect`, headers: { ...headers, Auth: 'token' }, multiValueHeaders: { ...lists, Auth: ['token'] }, queryStringParameters: {}, multiValueQueryStringParameters: {}, stageVariables: {}, requestContext: socket('CONNECT', '$connect').requestContext } },
  { name: 'Authorizer, HTTP 2.0 simple', event: { ...request2, type: 'REQUEST', routeArn: `${arn}/POST/pets/7`, identitySource: ['token'] } },
  { name: 'Authorizer, HTTP 1.0 IAM', event: { version: '1.0', type: 'REQUEST', methodArn: `${arn}/POST/pets/7`, identitySource: 'token', authorizationToken: 'token', resource: '/pets/{id}', path: '/dev/pets/7', httpMethod: 'POST', headers: web, queryStringParameters: { limit: '1' }, pathParameters: { id: '7' }, stageVariables: {}, requestContext: { accountId: '123456789012', ...at, httpMethod: 'POST', path: '/dev/pets/7', requestId: 'cmVxMQ=' } } },
  { name: 'Empty', event: {} },
];
