// Keeps the table of who is connected.
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const table = { TableName: process.env.TABLE };
const database = new DynamoDBClient({});

export const handler = async (event) => {
  const { routeKey, connectionId } = event.requestContext;
  const id = { S: connectionId };
  if (routeKey === "$connect") {
    const name = { S: event.queryStringParameters?.name ?? "somebody" };
    await database.send(new PutItemCommand({ ...table, Item: { id, name } }));
  } else {
    await database.send(new DeleteItemCommand({ ...table, Key: { id } }));
  }
  return { statusCode: 200 };
};
