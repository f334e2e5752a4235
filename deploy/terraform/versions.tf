terraform {
  # The first release with native state locking in S3.
  required_version = ">= 1.10"
  # The state contains secrets: deploy/terraform-state creates an encrypted, versioned, private bucket and prints the arguments
  # of `terraform init`.
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
