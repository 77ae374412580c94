// Sends a message to a client: POST @connections/{id}, signed with AWS Signature Version
// 4. With @aws-sdk/client-apigatewaymanagementapi installed, PostToConnectionCommand does.
import { createHash, createHmac } from "node:crypto";

const hash = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

export const post = async (endpoint, id, message) => {
  const url = new URL(`${endpoint}/@connections/${encodeURIComponent(id)}`);
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = { host: url.host, "x-amz-date": time };
  if (AWS_SESSION_TOKEN) headers["x-amz-security-token"] = AWS_SESSION_TOKEN;
  const names = Object.keys(headers).join(";");
  const path = url.pathname.split("/").map((part) => encodeURIComponent(part)).join("/");
  const request = ["POST", path, "", ...Object.entries(headers).map(([k, v]) => `${k}:${v}`), "", names, hash(message)].join("\n");
  const scope = `${time.slice(0, 8)}/${AWS_REGION}/execute-api/aws4_request`;
  const key = scope.split("/").reduce(hmac, "AWS4" + AWS_SECRET_ACCESS_KEY);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope, hash(request)].join("\n")).toString("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const response = await fetch(url, { method: "POST", headers, body: message });
  return response.status;
};
