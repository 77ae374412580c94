// Package dragomantest serves a gateway within a test: in this process, on free ports, with
// its state in memory, until the test ends. Tests may run in parallel, each with its own.
//
//	func TestChat(t *testing.T) {
//		d := dragomantest.Start(t, dragomantest.Seed("testdata/chat.yaml"))
//		sdk := apigatewayv2.NewFromConfig(cfg, func(o *apigatewayv2.Options) { o.BaseEndpoint = aws.String(d.Management) })
//		…
//		conn, _, err := websocket.Dial(t.Context(), d.WebSocketURL(id, "prod"), nil)
//	}
//
// It promises that nothing of a gateway is left when its test has ended, and that a gateway
// which does not start or end as it should fails its test. It refuses to know how APIs are
// made: that is what the SDKs of AWS and package client are for.
package dragomantest
