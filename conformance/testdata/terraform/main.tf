# Every aws_apigatewayv2 resource, in two states: var.changed says which.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" { type = string }

variable "changed" {
  type    = bool
  default = false
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "AKIDEXAMPLE"
  secret_key                  = "secret"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    apigatewayv2 = var.endpoint
    apigateway   = var.endpoint
  }
}

locals {
  function    = "arn:aws:lambda:us-east-1:000000000000:function:f"
  invocation  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${local.function}/invocations"
  role        = "arn:aws:iam::000000000000:role/r"
  certificate = "arn:aws:acm:us-east-1:000000000000:certificate/c"
  logs        = "arn:aws:logs:us-east-1:000000000000:log-group:g"
}
