export const handler = async (event) => {
  const { say = "nothing" } = JSON.parse(event.body);
  return { statusCode: 200, body: JSON.stringify({ heard: say.toUpperCase() }) };
};
