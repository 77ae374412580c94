resource "aws_apigatewayv2_api" "socket" {
  name                         = "socket"
  protocol_type                = "WEBSOCKET"
  route_selection_expression   = var.changed ? "$request.body.service" : "$request.body.action"
  api_key_selection_expression = var.changed ? "$context.authorizer.usageIdentifierKey" : "$request.header.x-api-key"
}

resource "aws_apigatewayv2_integration" "mock" {
  api_id                        = aws_apigatewayv2_api.socket.id
  integration_type              = "MOCK"
  request_templates             = var.changed ? { "200" = "{}" } : { "200" = "{\"statusCode\":200}", "300" = "" }
  template_selection_expression = var.changed ? "$request.body.kind" : "200"
}

resource "aws_apigatewayv2_integration" "lambda" {
  api_id                    = aws_apigatewayv2_api.socket.id
  integration_type          = "AWS"
  integration_uri           = local.invocation
  credentials_arn           = local.role
  connection_type           = "INTERNET"
  content_handling_strategy = var.changed ? "CONVERT_TO_TEXT" : "CONVERT_TO_BINARY"
  description               = var.changed ? "Test updated" : "Test"
  integration_method        = "POST"
  passthrough_behavior      = var.changed ? "WHEN_NO_TEMPLATES" : "WHEN_NO_MATCH"
  timeout_milliseconds      = var.changed ? 51 : 28999
  request_parameters        = var.changed ? { "integration.request.header.x" = "'a'" } : { "integration.request.querystring.stage" = "'value1'" }
}

resource "aws_apigatewayv2_integration_response" "default" {
  api_id                        = aws_apigatewayv2_api.socket.id
  integration_id                = aws_apigatewayv2_integration.lambda.id
  integration_response_key      = var.changed ? "$default" : "/200/"
  content_handling_strategy     = var.changed ? "CONVERT_TO_BINARY" : "CONVERT_TO_TEXT"
  template_selection_expression = var.changed ? "#foo" : null
  response_templates            = var.changed ? { "application/json" = "#set($number=42)" } : { "application/json" = "" }
}

resource "aws_apigatewayv2_model" "model" {
  api_id       = aws_apigatewayv2_api.socket.id
  content_type = var.changed ? "text/x-json" : "application/json"
  name         = var.changed ? "Animal" : "Pet"
  description  = var.changed ? null : "a pet"
  schema       = jsonencode({ "$schema" = "http://json-schema.org/draft-04/schema#", title = "Pet", type = "object", properties = { name = { type = "string" } } })
}

resource "aws_apigatewayv2_authorizer" "gate" {
  api_id           = aws_apigatewayv2_api.socket.id
  name             = "gate"
  authorizer_type  = "REQUEST"
  authorizer_uri   = local.invocation
  identity_sources = var.changed ? ["route.request.header.Auth", "route.request.querystring.Name"] : ["route.request.header.Auth"]
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.socket.id
  route_key          = "$connect"
  target             = "integrations/${aws_apigatewayv2_integration.mock.id}"
  authorization_type = var.changed ? "AWS_IAM" : "CUSTOM"
  authorizer_id      = var.changed ? null : aws_apigatewayv2_authorizer.gate.id
  api_key_required   = !var.changed
  request_parameter {
    request_parameter_key = "route.request.header.authorization"
    required              = !var.changed
  }
  dynamic "request_parameter" {
    for_each = var.changed ? [] : [1]
    content {
      request_parameter_key = "route.request.querystring.authToken"
      required              = false
    }
  }
}

resource "aws_apigatewayv2_route" "ask" {
  api_id                              = aws_apigatewayv2_api.socket.id
  route_key                           = "ask"
  target                              = "integrations/${aws_apigatewayv2_integration.lambda.id}"
  model_selection_expression          = var.changed ? "kind" : "action"
  request_models                      = { test = aws_apigatewayv2_model.model.name }
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "ask" {
  api_id                     = aws_apigatewayv2_api.socket.id
  route_id                   = aws_apigatewayv2_route.ask.id
  route_response_key         = "$default"
  model_selection_expression = var.changed ? "kind" : "action"
  response_models            = { test = aws_apigatewayv2_model.model.name }
}

resource "aws_apigatewayv2_deployment" "first" {
  api_id      = aws_apigatewayv2_api.socket.id
  description = var.changed ? "updated" : "first"
  depends_on  = [aws_apigatewayv2_route.connect, aws_apigatewayv2_route.ask]
}

resource "aws_apigatewayv2_stage" "prod" {
  api_id                = aws_apigatewayv2_api.socket.id
  name                  = "prod"
  deployment_id         = aws_apigatewayv2_deployment.first.id
  client_certificate_id = var.changed ? null : "c1c2c3"
  default_route_settings {
    data_trace_enabled       = var.changed
    detailed_metrics_enabled = !var.changed
    logging_level            = var.changed ? "ERROR" : "INFO"
    throttling_burst_limit   = 10
    throttling_rate_limit    = 5
  }
  route_settings {
    route_key              = "$default"
    data_trace_enabled     = var.changed
    logging_level          = "INFO"
    throttling_burst_limit = 5
    throttling_rate_limit  = var.changed ? 2 : 1
  }
}
