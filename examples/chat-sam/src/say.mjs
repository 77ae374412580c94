// Tells everybody what one of them says.
import { ApiGatewayManagementApiClient, GoneException, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import { DeleteItemCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";

const table = { TableName: process.env.TABLE };
const database = new DynamoDBClient({});

export const handler = async (event) => {
  const { connectionId, domainName, stage } = event.requestContext;
  const members = [];
  for await (const page of paginateScan({ client: database }, { ...table, ConsistentRead: true })) members.push(...page.Items);
  const name = members.find(({ id }) => id.S === connectionId)?.name.S;
  const Data = JSON.stringify({ name, text: JSON.parse(event.body).text });

  const connections = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  await Promise.all(members.map(async ({ id }) => {
    try {
      await connections.send(new PostToConnectionCommand({ ConnectionId: id.S, Data }));
    } catch (e) {
      if (!(e instanceof GoneException)) throw e;
      await database.send(new DeleteItemCommand({ ...table, Key: { id } })); // it left without a word
    }
  }));
  return { statusCode: 200 };
};
