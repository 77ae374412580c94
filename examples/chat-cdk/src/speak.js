// A message comes back to its sender, with who said it.
exports.handler = async (event) => {
  const { connectionId } = event.requestContext;
  const { text = "" } = JSON.parse(event.body || "{}");
  return { statusCode: 200, body: JSON.stringify({ from: connectionId, text }) };
};
