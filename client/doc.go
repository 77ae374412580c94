// Package client is a Go client of the management API, of Dragoman and of AWS
// alike: one method for each operation, inputs with the documented members,
// answers that are the nouns of package resource, and exceptions as errors with
// types of their own.
//
//	c := client.New(client.Options{BaseEndpoint: "http://127.0.0.1:8081", Region: "us-east-1"})
//	api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "chat", ProtocolType: "WEBSOCKET",
//		RouteSelectionExpression: client.String("$request.body.action")})
//
// Members that an operation requires are plain values; of all others nil is
// absent, which differs from empty. It promises that a request is sent again only
// when that cannot do the same thing twice, and that every wait ends with ctx.
//
// It refuses to guess credentials: credentials are handed in.
package client

//go:generate go run ../internal/gen -out . -nouns ../resource
