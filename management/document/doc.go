// Package document is the whole configuration as one readable YAML document, so
// that a gateway can live in a repository.
//
//	dragoman: 1
//	account: "000000000000"
//	regions:
//	  us-east-1:
//	    apis:
//	      chat:
//	        name: chat
//	        protocolType: WEBSOCKET
//	        routeSelectionExpression: $request.body.action
//	        integrations:
//	          echo:
//	            integrationType: MOCK
//	            requestTemplates: {$default: '{"statusCode":200}'}
//	            responses:
//	              ok:
//	                integrationResponseKey: $default
//	        routes:
//	          hello:
//	            routeKey: hello
//	            target: integrations/echo
//	        stages:
//	          prod: {}
//
// Resources carry the members of the management API and are listed by id; ids may
// be words. What the management API would fill in may be left out. Below an API are
// authorizers, models, integrations and routes (both with responses), deployments
// and stages; below a domain mappings and rules, below a usage plan the ids of its
// keys, below a portal product pages, endpoints and the sharingPolicy.
//
// A stage serves its API as the document has it. One that names a deployment serves
// that: the configuration that stands in it, or else the API as the document has it. One
// that is idle serves nothing.
//
// A document on the command line may name functions too, which package functions reads.
//
// It promises that a document that was written loads again and is then written the
// same, that loading is all or nothing, and that every rule of the management API
// holds for documents too. Previews, deployments that no stage serves and links
// that are being deleted are not written; API keys are, with their values.
package document
