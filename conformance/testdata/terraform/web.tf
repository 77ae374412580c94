resource "aws_apigatewayv2_api" "web" {
  name                         = var.changed ? "web2" : "web"
  protocol_type                = "HTTP"
  description                  = var.changed ? null : "an HTTP API"
  version                      = var.changed ? null : "1"
  disable_execute_api_endpoint = !var.changed
  ip_address_type              = var.changed ? "dualstack" : "ipv4"
  tags                         = var.changed ? { b = "2" } : { a = "1", c = "3" }
  cors_configuration {
    allow_origins     = var.changed ? ["*"] : ["https://www.example.com", "HTTP://WWW.EXAMPLE.ORG"]
    allow_methods     = var.changed ? ["*"] : ["GET", "put"]
    allow_headers     = var.changed ? null : ["authorization", "x-a"]
    expose_headers    = var.changed ? null : ["x-b"]
    allow_credentials = !var.changed
    max_age           = var.changed ? 0 : 300
  }
}

resource "aws_apigatewayv2_api" "plain" {
  name          = "plain"
  protocol_type = "HTTP"
  dynamic "cors_configuration" {
    for_each = var.changed ? [] : [1]
    content {
      allow_origins = ["https://a"]
    }
  }
}

resource "aws_apigatewayv2_api" "quick" {
  name            = "quick"
  protocol_type   = "HTTP"
  target          = var.changed ? "https://b.example.com" : "https://a.example.com"
  route_key       = "GET /quick"
  credentials_arn = null
}

resource "aws_apigatewayv2_api" "document" {
  name             = "document"
  protocol_type    = "HTTP"
  fail_on_warnings = true
  tags             = var.changed ? { own = "2" } : { own = "1", both = "resource" }
  body = jsonencode({
    openapi = "3.0.1"
    tags    = [for name in ["document", "both"] : { name = name, x-amazon-apigateway-tag-value = "body" }]
    info    = { title = var.changed ? "second" : "document", version = var.changed ? "2.0" : "1.0", description = "d" }
    paths = {
      "/${var.changed ? "update" : "test"}" = {
        get = {
          x-amazon-apigateway-integration = { type = "HTTP_PROXY", httpMethod = "GET", payloadFormatVersion = "1.0", uri = "https://www.example.com" }
          responses                       = { "200" = { description = "ok" } }
        }
      }
    }
  })
  lifecycle {
    ignore_changes = [name, version, description]
  }
}

resource "aws_apigatewayv2_vpc_link" "link" {
  name               = var.changed ? "link2" : "link"
  security_group_ids = ["sg-12345678"]
  subnet_ids         = ["subnet-12345678", "subnet-87654321"]
  tags               = var.changed ? {} : { a = "1" }
}

resource "aws_apigatewayv2_integration" "forward" {
  api_id                 = aws_apigatewayv2_api.web.id
  integration_type       = "HTTP_PROXY"
  integration_method     = var.changed ? "ANY" : "GET"
  integration_uri        = var.changed ? "https://example.org/{proxy}" : "https://example.com/"
  description            = var.changed ? null : "forward"
  timeout_milliseconds   = var.changed ? 30000 : 5000
  payload_format_version = "1.0"
  request_parameters = var.changed ? { "overwrite:path" = "/b" } : {
    "append:header.x"          = "$context.requestId"
    "remove:querystring.debug" = "''"
  }
  response_parameters {
    status_code = var.changed ? "404" : "403"
    mappings    = { "append:header.auth" = "$context.authorizer.principalId" }
  }
}

resource "aws_apigatewayv2_integration" "private" {
  api_id               = aws_apigatewayv2_api.web.id
  integration_type     = "HTTP_PROXY"
  integration_method   = "GET"
  integration_uri      = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c"
  connection_type      = "VPC_LINK"
  connection_id        = aws_apigatewayv2_vpc_link.link.id
  timeout_milliseconds = 5001
  tls_config {
    server_name_to_verify = var.changed ? "www.example.org" : "www.example.com"
  }
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.web.id
  integration_type       = "AWS_PROXY"
  integration_uri        = local.function
  payload_format_version = "2.0"
  credentials_arn        = var.changed ? null : local.role
}

resource "aws_apigatewayv2_integration" "queue" {
  api_id              = aws_apigatewayv2_api.web.id
  integration_type    = "AWS_PROXY"
  integration_subtype = "SQS-SendMessage"
  credentials_arn     = local.role
  request_parameters  = { QueueUrl = "$request.header.queueUrl", MessageBody = var.changed ? "$request.body" : "$request.body.message" }
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.web.id
  name             = var.changed ? "jwt2" : "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    audience = var.changed ? ["a", "b"] : ["a"]
    issuer   = "https://cognito-idp.us-east-1.amazonaws.com/pool"
  }
}

resource "aws_apigatewayv2_authorizer" "request" {
  api_id                            = aws_apigatewayv2_api.web.id
  name                              = "request"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = local.invocation
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = !var.changed
  identity_sources                  = var.changed ? null : ["$request.header.User", "$request.querystring.key"]
  authorizer_result_ttl_in_seconds  = var.changed ? 0 : 600
  authorizer_credentials_arn        = var.changed ? null : local.role
}

resource "aws_apigatewayv2_route" "get" {
  api_id               = aws_apigatewayv2_api.web.id
  route_key            = var.changed ? "GET /animals/{id}" : "GET /pets/{id}"
  target               = "integrations/${var.changed ? aws_apigatewayv2_integration.queue.id : aws_apigatewayv2_integration.forward.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.jwt.id
  authorization_scopes = var.changed ? ["read"] : ["read", "write"]
  operation_name       = var.changed ? null : "getPet"
}

resource "aws_apigatewayv2_route" "open" {
  api_id             = aws_apigatewayv2_api.web.id
  route_key          = "ANY /open/{proxy+}"
  target             = "integrations/${aws_apigatewayv2_integration.function.id}"
  authorization_type = var.changed ? "NONE" : "CUSTOM"
  authorizer_id      = var.changed ? null : aws_apigatewayv2_authorizer.request.id
}

resource "aws_apigatewayv2_route" "fallback" {
  api_id             = aws_apigatewayv2_api.web.id
  route_key          = "$default"
  target             = "integrations/${aws_apigatewayv2_integration.private.id}"
  authorization_type = "AWS_IAM"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.web.id
  name        = "$default"
  auto_deploy = true
  description = "the default stage"
  stage_variables = var.changed ? { b = "3" } : {
    a = "1"
    b = "2"
  }
  tags = { a = var.changed ? "2" : "1" }
  default_route_settings {
    detailed_metrics_enabled = !var.changed
    throttling_burst_limit   = var.changed ? 50 : 100
    throttling_rate_limit    = 10.5
  }
  dynamic "route_settings" {
    for_each = var.changed ? [] : [aws_apigatewayv2_route.get.route_key]
    content {
      route_key              = route_settings.value
      throttling_burst_limit = 5
      throttling_rate_limit  = 1
    }
  }
  # Settings that Terraform takes away stay on AWS: it sends an empty block.
  access_log_settings {
    destination_arn = local.logs
    format          = var.changed ? "$context.requestId" : "$context.requestId $context.status"
  }
}

resource "aws_apigatewayv2_domain_name" "domain" {
  domain_name = "api.example.com"
  domain_name_configuration {
    certificate_arn = var.changed ? "${local.certificate}2" : local.certificate
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
    ip_address_type = var.changed ? "dualstack" : "ipv4"
  }
  dynamic "mutual_tls_authentication" {
    for_each = var.changed ? [] : [1]
    content {
      truststore_uri     = "s3://bucket/key"
      truststore_version = "1"
    }
  }
  tags = var.changed ? {} : { a = "1" }
}

resource "aws_apigatewayv2_api_mapping" "root" {
  api_id      = aws_apigatewayv2_api.web.id
  domain_name = aws_apigatewayv2_domain_name.domain.id
  stage       = aws_apigatewayv2_stage.default.id
}

resource "aws_apigatewayv2_api_mapping" "path" {
  api_id          = aws_apigatewayv2_api.web.id
  domain_name     = aws_apigatewayv2_domain_name.domain.id
  stage           = aws_apigatewayv2_stage.default.id
  api_mapping_key = var.changed ? "v2" : "v1"
}

data "aws_apigatewayv2_api" "web" {
  api_id = aws_apigatewayv2_api.web.id
}

data "aws_apigatewayv2_vpc_link" "link" {
  vpc_link_id = aws_apigatewayv2_vpc_link.link.id
}
