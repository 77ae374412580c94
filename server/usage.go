package server

import (
	"context"
	"math"
	"net/http"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/apikey"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// openKeys makes the table of API keys and usage plans, which deployed fills.
func (s *Server) openKeys() { s.usage = apikey.New(apikey.Config{Store: s.store, Logger: s.logger}) }

// countKeys writes what keys have used to the store.
func (s *Server) countKeys(ctx context.Context) {
	if err := s.usage.Sweep(ctx); err != nil && ctx.Err() == nil {
		s.logger.Error("counts of deleted usage plans were not removed", "error", err)
	}
	s.usage.Run(ctx)
}

// connect decides on handshakes of WebSocket APIs: first the authorizer, which
// may name an API key, then the key.
func (s *Server) connect(ctx context.Context, r *http.Request, client *peer.Client, sent message.Header, stage *serving.Stage, route *plan.Route, x *exchange.Exchange) wsapi.Refusal {
	if no := stage.Admission.Decider(&route.RouteConfig).Connect(ctx, r, client, sent, stage.Stage, x); no.Status != 0 {
		return wsapi.Refusal(no)
	}
	no := s.usage.Connect(r, stage.Stage, route, x)
	if no.Status != 0 {
		s.notices.Tell(notice.Key, no.Message, "api", x.ApiID, "stage", x.Stage, "request", x.RequestID, "client", x.Identity.SourceIP, "key", x.Identity.ApiKeyID)
	}
	return wsapi.Refusal{Status: no.Status, Message: no.Message}
}

// connectRate is the limit of new connections, nil when it is off.
// Assumed: as many may come at once as in a second.
func (s *Server) connectRate() *throttle.Rate {
	rate := s.config.WebSocket.ConnectRate
	if rate == 0 {
		return nil
	}
	return &throttle.Rate{PerSecond: rate, Burst: int(math.Ceil(rate))}
}
