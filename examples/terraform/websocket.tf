resource "aws_apigatewayv2_api" "socket" {
  name                       = "talk"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "talk" {
  api_id           = aws_apigatewayv2_api.socket.id
  integration_type = "AWS_PROXY"
  integration_uri  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${var.functions}:talk/invocations"
}

# What the function returns is the answer to the message.
resource "aws_apigatewayv2_route" "talk" {
  api_id                              = aws_apigatewayv2_api.socket.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.talk.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "talk" {
  api_id             = aws_apigatewayv2_api.socket.id
  route_id           = aws_apigatewayv2_route.talk.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_stage" "socket" {
  api_id      = aws_apigatewayv2_api.socket.id
  name        = "dev"
  auto_deploy = true
}

output "websocket" {
  value = "${aws_apigatewayv2_api.socket.api_endpoint}/${aws_apigatewayv2_stage.socket.name}"
}
