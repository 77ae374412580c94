// Package expr evaluates the expressions by which API Gateway selects things
// and puts values into parameters and addresses: the route of a message, the
// template of a payload, the value of a mapped header.
//
//	action                                   static text
//	\$default                                a dollar sign as text
//	$request.body.action                     one variable
//	${request.body.service}/${request.body.action}-v1
//
// Variables are
//
//	$request.body[.path]  .header.N  .multivalueheader.N  .method  .path  .path.N
//	$request.querystring.N  .multivaluequerystring.N  .basepath
//	$integration.response.body[.path]  .statuscode  .header.N  .multivalueheader.N
//	$response.body[.path]  .statuscode  .header.N  .multivalueheader.N
//	$context.N  $stageVariables.N
//
// The path after a body is JSONPath without its root. A variable that leads
// nowhere is the empty text, and so is null. How arrays and objects print depends
// on the Place that the text goes to.
//
// An expression is parsed once and may then be used by many goroutines. A body
// that is read by a chain of names is checked to be JSON, all of it, without
// building anything; Eval says ErrNotJSON when it is not.
package expr
