// Names that were given, as long as this process lives.
const people = [];

exports.handler = async (event) => {
  if (event.routeKey === "POST /people/{name}") people.push(event.pathParameters.name);
  return people;
};
