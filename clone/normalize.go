package clone

import "github.com/dragoman-gateway/dragoman/resource"

// normalize takes away what servers show though it has no meaning for the protocol, and
// which no call could set: the rules would refuse the noun for it.
// Documented: API Gateway V2 API Reference, Authorizer (supported only for HTTP APIs)
// and RouteSettings (supported only for WebSocket APIs).
func normalize(s *source) {
	if s.Api.ProtocolType == resource.WebSocket {
		for i := range s.Authorizers {
			a := &s.Authorizers[i]
			a.AuthorizerResultTtlInSeconds, a.EnableSimpleResponses, a.AuthorizerPayloadFormatVersion, a.JwtConfiguration = nil, nil, "", nil
		}
	}
	for i := range s.stages {
		stage := &s.stages[i]
		if l := stage.AccessLogSettings; l != nil && l.DestinationArn == "" && l.Format == "" {
			stage.AccessLogSettings = nil
		}
		if s.Api.ProtocolType == resource.WebSocket {
			continue
		}
		if stage.DefaultRouteSettings != nil {
			quiet(stage.DefaultRouteSettings)
		}
		for key, settings := range stage.RouteSettings {
			quiet(&settings)
			stage.RouteSettings[key] = settings
		}
	}
}

// quiet takes away that there are no execution logs.
func quiet(r *resource.RouteSettings) {
	if r.LoggingLevel == "OFF" {
		r.LoggingLevel = ""
	}
	if r.DataTraceEnabled != nil && !*r.DataTraceEnabled {
		r.DataTraceEnabled = nil
	}
}
