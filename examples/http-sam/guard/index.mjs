// A simple response: whether the caller may go on, and what the next function is told.
export const handler = async (event) => ({
  isAuthorized: event.headers["x-key"] === process.env.KEY,
  context: { who: "somebody with the key" },
});
