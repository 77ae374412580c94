// Package pulse knows how the APIs are doing at this moment: how many exchanges the last
// minute had, second by second, how many of them failed, what each route has served since the
// process began, and which backend or authorizer failed last time it was asked.
//
// It promises that this costs an exchange one lock and no allocation, and that it holds no
// more than a bounded number of routes. It refuses to keep what happened: that is for logs,
// metrics and traces.
package pulse
