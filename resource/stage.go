package resource

import (
	"math"
	"regexp"
	"strings"
)

// Stage serves a deployment under a name, with its own variables, throttling and logs.
type Stage struct {
	AccessLogSettings           *AccessLogSettings       `json:"accessLogSettings,omitempty"`
	ApiGatewayManaged           *bool                    `json:"apiGatewayManaged,omitempty"`
	AutoDeploy                  *bool                    `json:"autoDeploy,omitempty"`
	ClientCertificateId         string                   `json:"clientCertificateId,omitempty"`
	CreatedDate                 Time                     `json:"createdDate,omitzero"`
	DefaultRouteSettings        *RouteSettings           `json:"defaultRouteSettings,omitempty"`
	DeploymentId                string                   `json:"deploymentId,omitempty"`
	Description                 string                   `json:"description,omitempty"`
	LastDeploymentStatusMessage string                   `json:"lastDeploymentStatusMessage,omitempty"`
	LastUpdatedDate             Time                     `json:"lastUpdatedDate,omitzero"`
	RouteSettings               map[string]RouteSettings `json:"routeSettings"`
	StageName                   string                   `json:"stageName,omitempty"`
	StageVariables              map[string]string        `json:"stageVariables"`
	Tags                        map[string]string        `json:"tags"`
}

// AccessLogSettings is where access lines go and how they look.
type AccessLogSettings struct {
	DestinationArn string `json:"destinationArn,omitempty"`
	Format         string `json:"format,omitempty"`
}

// RouteSettings are the throttling, metric and logging settings of one route or of all routes of a stage.
type RouteSettings struct {
	DataTraceEnabled       *bool    `json:"dataTraceEnabled,omitempty"`
	DetailedMetricsEnabled *bool    `json:"detailedMetricsEnabled,omitempty"`
	LoggingLevel           string   `json:"loggingLevel,omitempty"`
	ThrottlingBurstLimit   *int32   `json:"throttlingBurstLimit,omitempty"`
	ThrottlingRateLimit    *float64 `json:"throttlingRateLimit,omitempty"`
}

// Documented: API Gateway V2 API Reference, Stages, for names of stages and for
// names and values of variables; Developer Guide, Amazon API Gateway quotas, for
// their lengths.
var (
	stageName     = form{regexp.MustCompile(`^[A-Za-z0-9_-]+$`), 128}
	variableName  = form{regexp.MustCompile(`^[A-Za-z0-9_]+$`), 64}
	variableValue = form{regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#&=,]+$`), 512}
)

// Fill sets what AWS sets where a caller set nothing. Throttles stay absent until
// they are set.
// Observed: the defaults of route settings differ by protocol, for HTTP APIs have
// no execution logs.
func (s *Stage) Fill(protocol string) {
	if s.RouteSettings == nil {
		s.RouteSettings = map[string]RouteSettings{}
	}
	if s.StageVariables == nil {
		s.StageVariables = map[string]string{}
	}
	if s.Tags == nil {
		s.Tags = map[string]string{}
	}
	if s.DefaultRouteSettings == nil {
		s.DefaultRouteSettings = &RouteSettings{}
	}
	d := s.DefaultRouteSettings
	if d.DetailedMetricsEnabled == nil {
		d.DetailedMetricsEnabled = new(bool)
	}
	if protocol == HTTP {
		if !isTrue(d.DataTraceEnabled) {
			d.DataTraceEnabled = nil
		}
		return
	}
	if d.DataTraceEnabled == nil {
		d.DataTraceEnabled = new(bool)
	}
	if d.LoggingLevel == "" {
		d.LoggingLevel = "OFF"
	}
}

// Validate holds a stage to the rules of its API's protocol; that the routes of
// RouteSettings exist is looked up elsewhere.
func (s *Stage) Validate(protocol string) error {
	// Observed: AWS has made stages $default of WebSocket APIs too.
	if !stageName.MatchString(s.StageName) && s.StageName != DefaultKey {
		return bad("Invalid stage name specified: StageName must match [A-Za-z0-9_-]{1,128}, or be %s", DefaultKey)
	}
	return first(
		length("Description", s.Description, 0, 1024),
		s.validateVariables(),
		s.AccessLogSettings.validate(protocol, s.logged(protocol)...),
		s.validateSettings(protocol),
		ValidateTags(s.Tags),
	)
}

func (s *Stage) validateVariables() error {
	if len(s.StageVariables) > MaxStageVariables {
		return bad("Invalid value specified for StageVariables: a stage has at most %d variables", MaxStageVariables)
	}
	for _, name := range sortedKeys(s.StageVariables) {
		if !variableName.MatchString(name) {
			return bad("Invalid stage variable name %q: must match [A-Za-z0-9_]{1,64}", name)
		}
		if !variableValue.MatchString(s.StageVariables[name]) {
			return bad("Invalid value specified for stage variable %s: must match [A-Za-z0-9-._~:/?#&=,]+ and have at most 512 characters", name)
		}
		// A word that is misspelled here would silently do nothing: AWS knows none of them.
		if extension, ok := strings.CutPrefix(name, ExtensionPrefix); ok {
			if err := new(Extensions).Set(extension, s.StageVariables[name]); err != nil {
				return bad("Invalid stage variable %s: %v", name, err)
			}
		}
	}
	return nil
}

func (s *Stage) validateSettings(protocol string) error {
	if d := s.DefaultRouteSettings; d != nil {
		if err := d.validate(protocol); err != nil {
			return err
		}
	}
	for _, key := range sortedKeys(s.RouteSettings) {
		settings := s.RouteSettings[key]
		if err := settings.validate(protocol); err != nil {
			return err
		}
	}
	return nil
}

// Zero is a limit like another: it refuses every request.
// Observed: that, and the text about execution logs.
func (r *RouteSettings) validate(protocol string) error {
	switch {
	case protocol == HTTP && (r.LoggingLevel != "" || isTrue(r.DataTraceEnabled)):
		return bad("Execution logs are not supported on protocolType HTTP")
	case r.ThrottlingBurstLimit != nil && *r.ThrottlingBurstLimit < 0:
		return bad("Invalid value specified for ThrottlingBurstLimit: must not be negative")
	case r.ThrottlingRateLimit != nil && (*r.ThrottlingRateLimit < 0 || math.IsNaN(*r.ThrottlingRateLimit) || math.IsInf(*r.ThrottlingRateLimit, 0)):
		return bad("Invalid value specified for ThrottlingRateLimit: must not be negative")
	}
	return oneOf("LoggingLevel", r.LoggingLevel, "ERROR", "INFO", "OFF")
}

// logged are the variables of access logs that the stage has beyond its protocol's: what follows
// the stage in the path of a handshake, where that may be anything.
func (s *Stage) logged(protocol string) []string {
	if protocol == WebSocket && (Extensions{}).With(s.StageVariables).Path {
		return []string{"path"}
	}
	return nil
}

func (a *AccessLogSettings) validate(protocol string, besides ...string) error {
	switch {
	case a == nil:
		return nil
	case a.DestinationArn == "" || a.Format == "":
		return bad("AccessLogSettings needs both DestinationArn and Format")
	}
	if err := validateFormat(a.Format, protocol, besides...); err != nil {
		return err
	}
	service := strings.SplitN(a.DestinationArn, ":", 4)
	if !awsARN.MatchString(a.DestinationArn) || service[2] != "logs" && service[2] != "firehose" {
		return bad("Invalid ARN specified in the request: DestinationArn must name a log group or a Firehose delivery stream")
	}
	return nil
}
