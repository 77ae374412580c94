// Finds what ES modules import in the folders of NODE_PATH, where layers have it. Node
// looks there for require alone; Lambda's looks there for import too. Documented: AWS
// Compute Blog, Node.js 18.x runtime now available in AWS Lambda: Support for ES module
// resolution using NODE_PATH.
import { createRequire } from 'node:module';
import { delimiter, dirname, basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folders = (process.env.NODE_PATH || '').split(delimiter).filter(Boolean);
const require = createRequire(import.meta.url);

// tries are what is asked in turn: the importer's own folders, and then those of NODE_PATH. A folder
// of packages is asked as an import of a file beside it would be, so that a package of two
// kinds gives the one for import. Any other folder is looked through as require does.
function* tries(specifier, context) {
  yield [specifier, context];
  for (const folder of folders.filter((name) => basename(name) === 'node_modules')) {
    yield [specifier, { ...context, parentURL: pathToFileURL(join(dirname(folder), 'index.mjs')).href }];
  }
  let file;
  try {
    file = require.resolve(specifier);
  } catch {
    return;
  }
  yield [pathToFileURL(file).href, context];
}

// missing is the error that is told when no folder has a package: the first. Any other
// error ends the search.
function missing(first, error, specifier) {
  const isPackage = /^[^./#\\][^:]*$/.test(specifier);
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !isPackage) throw error;
  return first ?? error;
}

// resolveSync is for a Node that asks in the handler's own thread; resolve is for one before
// 22.15, which asks in another.
export function resolveSync(specifier, context, next) {
  let first;
  for (const asked of tries(specifier, context)) {
    try {
      return next(...asked);
    } catch (error) {
      first = missing(first, error, specifier);
    }
  }
  throw first;
}

export async function resolve(specifier, context, next) {
  let first;
  for (const asked of tries(specifier, context)) {
    try {
      return await next(...asked);
    } catch (error) {
      first = missing(first, error, specifier);
    }
  }
  throw first;
}
