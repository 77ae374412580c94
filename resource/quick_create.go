package resource

// What an API that is created with a target gets: an integration, a route and a stage,
// all of them managed by API Gateway.
//
// Documented: API Gateway V2 API Reference, CreateApi: target, routeKey, credentialsArn.

// QuickIntegration is the integration of a target: a URL is forwarded to, a function
// is invoked. It has no id yet.
func QuickIntegration(target, credentials string) *Integration {
	i := &Integration{ApiGatewayManaged: yes()}
	i.Retarget(target)
	i.CredentialsArn = credentials
	return i
}

// Retarget gives a managed integration another target.
func (i *Integration) Retarget(target string) {
	i.IntegrationUri = target
	// Documented: a function is invoked by POST (API Gateway Developer Guide, Create AWS
	// Lambda proxy integrations for HTTP APIs).
	if LambdaURI(target) {
		i.IntegrationType, i.IntegrationMethod, i.PayloadFormatVersion = TypeAWSProxy, "POST", "2.0"
		return
	}
	// Assumed: method and version of a forwarded URL.
	i.IntegrationType, i.IntegrationMethod, i.PayloadFormatVersion = TypeHTTPProxy, "ANY", "1.0"
}

// QuickRoute is the route to an integration, without an id. Without a key it is
// $default, which takes every request.
func QuickRoute(key, integrationId string) *Route {
	if key == "" {
		key = DefaultKey
	}
	return &Route{ApiGatewayManaged: yes(), RouteKey: key, Target: "integrations/" + integrationId}
}

// QuickStage is the stage $default, with automatic deployment, so that the API answers
// at its plain address at once.
//
// Documented: API Gateway Developer Guide, Create an HTTP API.
func QuickStage() *Stage {
	return &Stage{ApiGatewayManaged: yes(), AutoDeploy: yes(), StageName: DefaultKey}
}

func yes() *bool { b := true; return &b }
