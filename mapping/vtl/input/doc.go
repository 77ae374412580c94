// Package input has what API Gateway hands to mapping templates: $input with its
// payload and parameters, $util, $context with its overrides, and $stageVariables.
//
// Source: "API Gateway mapping template and access logging variable reference" in the
// Amazon API Gateway developer guide,
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html.
// What it leaves open is marked where it is decided: "Observed:" for what API Gateway
// was seen to do, "Assumed:" for the rest.
//
// Nothing is read before a template asks for it: the payload is parsed once, for the
// first path; parameters, variables and $context are looked up where the gateway has
// them, until a template walks over them or changes them. Then they become maps of the
// rendering, which pays for them.
//
// It imports json and jsonpath, and java beside it.
package input
