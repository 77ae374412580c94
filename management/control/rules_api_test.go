package control

import (
	"context"
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/store"
)

// everything is all that is stored, as text.
func (f *fixture) everything() string {
	var all strings.Builder
	err := f.control.Store.View(context.Background(), func(r store.Reader) error {
		docs, err := r.List(context.Background(), "", 0, 0)
		for _, d := range docs {
			fmt.Fprintf(&all, "%s@%d %s\n", d.Key, d.Revision, d.Body)
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all.String()
}

var parameterRules = []rule{
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"header.a":"'x'"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"integration.request.body.a":"'x'"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"integration.request.header.":"'x'"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"integration.request.header.a b":"'x'"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"integration.request.header.a":"x"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"integration.request.header.a":"integration.response.header.b"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"integration.request.header.a":"{513}"}}`, "BadRequestException: "},
	{"POST {ws}/integrations", `{"integrationType":"HTTP","integrationUri":"http://a","requestParameters":{"append:header.a":"x"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"PATCH {ws}/integrations/{mock}", `{"requestParameters":{"x":"'y'"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"integration.request.header.a":"'x'"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"prepend:header.a":"x"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"append:path":"x"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"append:header.Authorization":"x"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","requestParameters":{"overwrite:header.x-amz-date":"x"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"200":{"append:querystring.a":"x"}}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"200":{"overwrite:header.Connection":"x"}}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"199":{"append:header.a":"x"}}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"600":{"append:header.a":"x"}}}`, "BadRequestException: Invalid mapping expression specified"},
	{"POST {http}/integrations", `{"integrationType":"HTTP_PROXY","integrationUri":"http://a","payloadFormatVersion":"1.0","responseParameters":{"ok":{"append:header.a":"x"}}}`, "BadRequestException: Invalid mapping expression specified"},
	{"PATCH {http}/integrations/{forward}", `{"requestParameters":{"append:header.via":"x"}}`, "BadRequestException: Invalid mapping expression specified"},
	{"PATCH {http}/integrations/{forward}", `{"responseParameters":{"200":{"append:statuscode":"403"}}}`, "BadRequestException: Invalid mapping expression specified"},
}

const response = "PATCH {ws}/integrations/{mock}/integrationresponses/{response}"

var responseRules = []rule{
	{"POST {ws}/integrations/{mock}/integrationresponses", `{}`, "BadRequestException: "},
	{"POST {ws}/integrations/{mock}/integrationresponses", `{"integrationResponseKey":"200"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey"},
	{"POST {ws}/integrations/{mock}/integrationresponses", `{"integrationResponseKey":"/200/"}`, "ConflictException: IntegrationResponse with key /200/ already exists"},
	{"POST {ws}/integrations/{mock}/integrationresponses", `{"integrationResponseKey":"$default"}`, "ConflictException: IntegrationResponse with key $default already exists"},
	{"POST {http}/integrations/{forward}/integrationresponses", `{"integrationResponseKey":"$default"}`, "BadRequestException: IntegrationResponses are currently not supported for this API protocol type."},
	{response, `{"integrationResponseKey":"404"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey: \"404\""},
	{response, `{"integrationResponseKey":""}`, "BadRequestException: "},
	{response, `{"integrationResponseKey":"/"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey"},
	{response, `{"integrationResponseKey":"//"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey"},
	{response, `{"integrationResponseKey":"/(/"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey: /(/ is not a regular expression"},
	{response, `{"integrationResponseKey":"/[/"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey"},
	{response, `{"integrationResponseKey":"/*/"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey"},
	{response, `{"integrationResponseKey":"$other"}`, "BadRequestException: Invalid value specified for IntegrationResponseKey"},
	{response, `{"integrationResponseKey":7}`, "BadRequestException: "},
	{response, `{"integrationResponseKey":"$default"}`, "ConflictException: IntegrationResponse with key $default already exists"},
	{response, `{"contentHandlingStrategy":"CONVERT"}`, "BadRequestException: "},
	{response, `{"contentHandlingStrategy":true}`, "BadRequestException: "},
	{response, `{"templateSelectionExpression":"${request.body.x"}`, "BadRequestException: Invalid selection expression specified for TemplateSelectionExpression"},
	{response, `{"templateSelectionExpression":"$nothing.known"}`, "BadRequestException: Invalid selection expression specified for TemplateSelectionExpression"},
	{response, `{"responseTemplates":{"$default":"{32769}"}}`, "BadRequestException: "},
	{response, `{"responseTemplates":"x"}`, "BadRequestException: "},
	{response, `{"responseTemplates":{"a":7}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"header.a":"'x'"}}`, "BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid ResponseParameters: "},
	{response, `{"responseParameters":{"method.response.body.a":"'x'"}}`, "BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid ResponseParameters: "},
	{response, `{"responseParameters":{"method.response.header.":"'x'"}}`, "BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid ResponseParameters: "},
	{response, `{"responseParameters":{"integration.response.header.a":"'x'"}}`, "BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid ResponseParameters: "},
	{response, `{"responseParameters":{"method.response.header.a":""}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":"{513}"}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":"x"}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":"'x"}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":"integration.response.querystring.b"}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":"route.request.header.b"}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":"integration.response.header."}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":"integration.response.body."}}`, "BadRequestException: "},
	{response, `{"responseParameters":{"method.response.header.a":7}}`, "BadRequestException: "},
	{response, `{"responseTemplates":{"a":"b"}`, "BadRequestException: Unable to parse the request body"},
	{"PATCH /v2/apis/nothere/integrations/{mock}/integrationresponses/{response}", `{}`, "NotFoundException: Invalid API identifier specified 000000000000:nothere"},
	{"PATCH {ws}/integrations/nothere/integrationresponses/{response}", `{}`, "NotFoundException: Invalid Integration identifier specified"},
	{"PATCH {ws}/integrations/{mock}/integrationresponses/nothere", `{}`, "NotFoundException: Invalid IntegrationResponse identifier specified"},
}

var routeRules = []rule{
	{"POST {ws}/routes", `{}`, "BadRequestException: "},
	{"POST {ws}/routes", `{"routeKey":""}`, "BadRequestException: "},
	{"POST {ws}/routes", `{"routeKey":"join"}`, "ConflictException: Route with key join already exists for this API"},
	{"POST {ws}/routes", `{"routeKey":"$connect"}`, "ConflictException: Route with key $connect already exists for this API"},
	{"POST {ws}/routes", `{"routeKey":"a","target":"{mock}"}`, "BadRequestException: Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."},
	{"POST {ws}/routes", `{"routeKey":"a","target":"integrations/nothere"}`, "BadRequestException: Invalid Integration identifier specified"},
	{"POST {ws}/routes", `{"routeKey":"a","authorizationType":"JWT"}`, "BadRequestException: Currently, authorization is restricted to the $connect route only"},
	{"POST {ws}/routes", `{"routeKey":"a","authorizationType":"BASIC"}`, "BadRequestException: "},
	{"POST {ws}/routes", `{"routeKey":"a","authorizationType":"CUSTOM"}`, "BadRequestException: Currently, authorization is restricted to the $connect route only"},
	{"POST {ws}/routes", `{"routeKey":"a","authorizationType":"CUSTOM","authorizerId":"nothere"}`, "BadRequestException: Currently, authorization is restricted to the $connect route only"},
	{"POST {ws}/routes", `{"routeKey":"a","authorizationScopes":["x"]}`, "BadRequestException: Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types"},
	{"POST {ws}/routes", `{"routeKey":"a","requestParameters":{"route.request.header.x":{"required":true}}}`, "BadRequestException: Request parameters are only supported on the $connect route"},
	{"POST {ws}/routes", `{"routeKey":"a","requestModels":{"$default":"Cat"}}`, "BadRequestException: Invalid model identifier specified"},
	{"POST {ws}/routes", `{"routeKey":"a","routeResponseSelectionExpression":"$x"}`, "BadRequestException: Invalid route response selection expression"},
	{"POST {ws}/routes", `{"routeKey":"a","modelSelectionExpression":"${request.body.a"}`, "BadRequestException: Invalid selection expression specified for ModelSelectionExpression"},
	{"POST {ws}/routes", `{"routeKey":"a","apiKeyRequired":"yes"}`, "BadRequestException: "},
	{"PATCH {ws}/routes/{connect}", `{"requestParameters":{"header.x":{"required":true}}}`, "BadRequestException: Invalid request parameter"},
	{"PATCH {ws}/routes/{connect}", `{"requestParameters":{"route.request.header.x":true}}`, "BadRequestException: "},
	{"PATCH {ws}/routes/{route}", `{"routeKey":"$connect"}`, "ConflictException: Route with key $connect already exists for this API"},
	{"PATCH {ws}/routes/{route}", `{"target":"integrations/nothere"}`, "BadRequestException: Invalid Integration identifier specified"},
	{"PATCH {ws}/routes/{connect}", `{"authorizationType":"JWT"}`, "BadRequestException: Invalid authorization type specified"},
	{"PATCH {ws}/routes/{connect}", `{"authorizationType":"CUSTOM"}`, "BadRequestException: Invalid authorizer ID specified"},
	{"PATCH {ws}/routes/{connect}", `{"authorizationType":"CUSTOM","authorizerId":"nothere"}`, "BadRequestException: Invalid authorizer ID specified"},
	{"POST {http}/routes", `{"routeKey":"/a"}`, "BadRequestException: The provided route key is not formatted properly for HTTP protocol."},
	{"POST {http}/routes", `{"routeKey":"get /a"}`, "BadRequestException: The provided route key is not formatted properly"},
	{"POST {http}/routes", `{"routeKey":"$connect"}`, "BadRequestException: The provided route key is not formatted properly"},
	{"POST {http}/routes", `{"routeKey":"GET /a/"}`, "BadRequestException: One or more path parts appear to be invalid. Parts are validated against this regular expression"},
	{"POST {http}/routes", `{"routeKey":"GET /a*"}`, "BadRequestException: One or more path parts appear to be invalid."},
	{"POST {http}/routes", `{"routeKey":"GET /{proxy+}/b"}`, "BadRequestException: The greedy path variable"},
	{"POST {http}/routes", `{"routeKey":"GET /{a}/{a}"}`, "BadRequestException: The path variable a appears twice"},
	{"POST {http}/routes", `{"routeKey":"GET /o/{orgId}"}`, "ConflictException: Route with key GET /o/{orgId} already exists for this API"},
	{"POST {http}/routes", `{"routeKey":"GET /o/{org_id}"}`, `ConflictException: The provided route key "GET /o/{org_id}" has a conflicting variable on the same hierarchical level as "GET /o/{orgId}"`},
	{"POST {http}/routes", `{"routeKey":"GET /b","apiKeyRequired":true}`, "BadRequestException: ApiKeyRequired is not currently supported for HTTP APIs."},
	{"POST {http}/routes", `{"routeKey":"GET /b","requestModels":{"a":"b"}}`, "BadRequestException: RequestModels is not supported for HTTP"},
	{"POST {http}/routes", `{"routeKey":"GET /b","requestParameters":{"route.request.header.x":{"required":true}}}`, "BadRequestException: RequestParameters is not supported for HTTP"},
	{"POST {http}/routes", `{"routeKey":"GET /b","modelSelectionExpression":"a"}`, "BadRequestException: ModelSelectionExpression is not supported for HTTP"},
	{"POST {http}/routes", `{"routeKey":"GET /b","authorizationType":"CUSTOM","authorizerId":"{jwt}"}`, "BadRequestException: Invalid authorizer ID specified"},
	{"POST {http}/routes", `{"routeKey":"GET /b","authorizationType":"JWT"}`, "BadRequestException: Invalid authorizer ID specified"},
	{"PATCH {http}/routes/{get}", `{"authorizationScopes":[""]}`, "BadRequestException: "},
	{"DELETE {ws}/routes/{connect}/requestparameters/route.request.header.x", ``, "NotFoundException: "},
}

var modelRules = []rule{
	{"POST {ws}/routes/{route}/routeresponses", `{"routeResponseKey":"200"}`, "BadRequestException: Currently, only $default is supported as a RouteResponseKey."},
	{"POST {ws}/routes/{route}/routeresponses", `{}`, "BadRequestException: "},
	{"POST {ws}/routes/{route}/routeresponses", `{"routeResponseKey":"$default"}`, "ConflictException: RouteResponse with key $default already exists"},
	{"POST {ws}/routes/{connect}/routeresponses", `{"routeResponseKey":"$default","responseModels":{"a":"Cat"}}`, "BadRequestException: Invalid model identifier specified"},
	{"POST {ws}/routes/{connect}/routeresponses", `{"routeResponseKey":"$default","responseParameters":{"a":{"required":true}}}`, "BadRequestException: Invalid mapping expression specified"},
	{"PATCH {ws}/routes/{route}/routeresponses/{answer}", `{"routeResponseKey":"x"}`, "BadRequestException: Currently, only $default is supported as a RouteResponseKey."},
	{"PATCH {ws}/routes/{route}/routeresponses/{answer}", `{"modelSelectionExpression":"${x"}`, "BadRequestException: Invalid selection expression"},
	{"POST {http}/routes/{get}/routeresponses", `{"routeResponseKey":"$default"}`, "BadRequestException: RouteResponses are currently not supported for this API protocol type."},
	{"POST {ws}/models", `{"schema":"{}"}`, "BadRequestException: "},
	{"POST {ws}/models", `{"name":"A"}`, "BadRequestException: "},
	{"POST {ws}/models", `{"name":"a-b","schema":"{}"}`, "BadRequestException: Model name must be alphanumeric: a-b"},
	{"POST {ws}/models", `{"name":"A","schema":"{"}`, "BadRequestException: Invalid model schema specified"},
	{"POST {ws}/models", `{"name":"A","schema":"[]"}`, "BadRequestException: Invalid model schema specified"},
	{"POST {ws}/models", `{"name":"A","schema":"{\"type\":\"thing\"}"}`, "BadRequestException: Invalid model schema specified"},
	{"POST {ws}/models", `{"name":"A","schema":""}`, "BadRequestException: "},
	{"POST {ws}/models", `{"name":"A","schema":"{32769}"}`, "BadRequestException: "},
	{"POST {ws}/models", `{"name":"Pet","schema":"{}"}`, "ConflictException: Model name already exists"},
	{"PATCH {ws}/models/{model}", `{"name":"Dog"}`, "ConflictException: Model name already exists"},
	{"PATCH {ws}/models/{model}", `{"schema":"x"}`, "BadRequestException: Invalid model schema specified"},
	{"POST {http}/models", `{"name":"A","schema":"{}"}`, "BadRequestException: Currently, Models are not permitted for APIs with a protocol type of HTTP"},
}
