const quotes = ["Simple things should be simple.", "Make it work, make it right, make it fast."];

const reply = (statusCode, body) => ({ statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export const handler = async (event) => {
  switch (event.routeKey) {
    case "GET /quotes":
      return reply(200, quotes);
    case "GET /quotes/{number}": {
      const quote = quotes[event.pathParameters.number - 1];
      return quote ? reply(200, { quote }) : reply(404, { message: "There is no such quote" });
    }
    case "POST /say": {
      const { name } = JSON.parse(event.body);
      const { who } = event.requestContext.authorizer.lambda;
      return reply(200, { said: `${process.env.GREETING}, ${name}`, by: who });
    }
  }
};
