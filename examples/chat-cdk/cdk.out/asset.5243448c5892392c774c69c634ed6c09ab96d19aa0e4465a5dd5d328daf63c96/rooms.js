// A room and the address of the socket to it.
exports.handler = async (event) => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ room: event.pathParameters.room, socket: process.env.SOCKET }),
});
