# The older API: keys and usage plans of WebSocket stages.
resource "aws_api_gateway_api_key" "key" {
  name        = var.changed ? "key2" : "key"
  description = var.changed ? "changed" : "a key"
  enabled     = !var.changed
  value       = "abcdefghijklmnopqrstuvwxyz"
  tags        = { a = "1" }
}

resource "aws_api_gateway_usage_plan" "plan" {
  name        = var.changed ? "plan2" : "plan"
  description = var.changed ? "changed" : "a plan"
  api_stages {
    api_id = aws_apigatewayv2_api.socket.id
    stage  = aws_apigatewayv2_stage.prod.name
    throttle {
      path        = "/ask/POST"
      burst_limit = 3
      rate_limit  = var.changed ? 2 : 5
    }
  }
  throttle_settings {
    burst_limit = var.changed ? 6 : 5
    rate_limit  = 10
  }
  dynamic "quota_settings" {
    for_each = var.changed ? [] : [1]
    content {
      limit  = 20
      offset = 2
      period = "WEEK"
    }
  }
}

resource "aws_api_gateway_usage_plan_key" "key" {
  key_id        = aws_api_gateway_api_key.key.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.plan.id
}
