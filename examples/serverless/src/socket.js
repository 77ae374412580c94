// Connections are greeted when they ask for it: the answer goes by @connections, from
// the same address that the client has used.
const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require("@aws-sdk/client-apigatewaymanagementapi");

exports.handler = async (event) => {
  const { routeKey, connectionId, domainName, stage } = event.requestContext;
  if (routeKey === "greet") {
    const connections = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
    const { name } = JSON.parse(event.body);
    await connections.send(new PostToConnectionCommand({
      ConnectionId: connectionId,
      Data: `${process.env.GREETING}, ${name}`,
    }));
  }
  return { statusCode: 200 };
};
