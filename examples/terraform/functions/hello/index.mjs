export const handler = async (event) => ({
  statusCode: 200,
  headers: { "content-type": "text/plain" },
  body: `Hello, ${event.pathParameters.name}!\n`,
});
