import { readFileSync } from "node:fs";
import { post } from "./connections.mjs";
import { everybody, join, leave } from "./people.mjs";

const page = readFileSync(new URL("page.html", import.meta.url), "utf8");

export const handler = async (event) => {
  const { routeKey, connectionId, domainName, stage } = event.requestContext;
  switch (routeKey) {
    case "$connect":
      join(connectionId);
      break;
    case "$disconnect":
      leave(connectionId);
      break;
    case "say": {
      const message = JSON.stringify({ from: connectionId.slice(0, 4), text: JSON.parse(event.body).text });
      await Promise.all(
        everybody().map(async (id) => {
          const status = await post(`https://${domainName}/${stage}`, id, message);
          if (status === 410) leave(id); // gone without a word
        }),
      );
      break;
    }
    case "GET /people":
      return { people: everybody().length };
    case "GET /":
      return {
        statusCode: 200,
        headers: { "content-type": "text/html; charset=utf-8" },
        body: page.replace("CHAT_URL", process.env.CHAT_URL),
      };
  }
  return { statusCode: 200 };
};
