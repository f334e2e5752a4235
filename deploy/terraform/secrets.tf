# Secrets live in SSM as SecureStrings. Terraform makes the places; operators fill in what they alone know:
#   aws ssm put-parameter --overwrite --type SecureString --name /tickets/UMA_SIGNING_PRIVKEY --value file://key.pem

locals {
  operator_secrets = toset([
    "JWT_SECRET",
    "WALLET_ENCRYPTION_KEY",
    "UMA_SIGNING_PRIVKEY",
    "UMA_SIGNING_CERT_CHAIN",
    "UMA_ENCRYPTION_PRIVKEY",
    "UMA_ENCRYPTION_CERT_CHAIN",
    "LIGHTSPARK_CLIENT_ID",
    "LIGHTSPARK_CLIENT_SECRET",
    "LIGHTSPARK_NODE_ID",
    "LIGHTSPARK_NODE_PASSWORD",
    "LIGHTSPARK_WEBHOOK_SIGNING_KEY",
    "SMTP_URL",
  ])
}

resource "aws_ssm_parameter" "operator" {
  for_each = local.operator_secrets
  name     = "/${var.name}/${each.key}"
  type     = "SecureString"
  value    = "unset"
  lifecycle {
    ignore_changes = [value]
  }
}

resource "aws_ssm_parameter" "database_url" {
  name  = "/${var.name}/DATABASE_URL"
  type  = "SecureString"
  value = "postgres://tickets:${var.database_password}@${aws_db_instance.main.endpoint}/tickets?sslmode=require"
}
