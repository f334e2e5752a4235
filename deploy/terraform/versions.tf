terraform {
  # The first release that locks a state in S3 by itself.
  required_version = ">= 1.10"
  # The state holds secrets: encrypted, versioned and private in the bucket that deploy/terraform-state makes, which prints the
  # arguments of `terraform init`.
  backend "s3" {
    key          = "tickets/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 3.39, < 6"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { project = var.name }
  }
}
