// Who is connected: a file for each, which all processes of the function see. On AWS a
// table takes the place of this folder.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";

const folder = path(tmpdir(), process.env.AWS_LAMBDA_FUNCTION_NAME ?? "chat");
mkdirSync(folder, { recursive: true });

export const join = (id: string): void => writeFileSync(path(folder, encodeURIComponent(id)), "");
export const leave = (id: string): void => rmSync(path(folder, encodeURIComponent(id)), { force: true });
export const everybody = () => readdirSync(folder).map((name) => decodeURIComponent(name));
