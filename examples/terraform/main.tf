# An HTTP API and a WebSocket API before two functions.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {
  description = "The management listener of a Dragoman; null is AWS."
  type        = string
  default     = null
}

locals {
  here = var.endpoint != null
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = local.here ? "local" : null
  secret_key                  = local.here ? "local" : null
  skip_credentials_validation = local.here
  skip_metadata_api_check     = local.here
  skip_requesting_account_id  = local.here
  endpoints {
    apigatewayv2 = var.endpoint
  }
}

# Where the functions are: of an ARN, Dragoman looks at the name.
variable "functions" {
  type    = string
  default = "arn:aws:lambda:us-east-1:000000000000:function"
}
