import { post } from "./connections";
import page from "./page.html";
import { everybody, join, leave } from "./people";

type Event = {
  body?: string;
  requestContext: { routeKey: string; connectionId: string; domainName: string; stage: string };
};

export const handler = async (event: Event) => {
  const { routeKey, connectionId, domainName, stage } = event.requestContext;
  switch (routeKey) {
    case "$connect":
      join(connectionId);
      break;
    case "$disconnect":
      leave(connectionId);
      break;
    case "say": {
      const { text } = JSON.parse(event.body ?? "{}") as { text: string };
      const message = JSON.stringify({ from: connectionId.slice(0, 4), text });
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
        body: page.replace("CHAT_URL", process.env.CHAT_URL ?? ""),
      };
  }
  return { statusCode: 200 };
};
