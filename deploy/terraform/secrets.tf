# Secrets are SSM SecureStrings. Terraform creates the parameters with the value `unset`, which the shop treats as not set;
# operators write the values:
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
    "NWC_URI",
    "SMTP_URL",
    "METRICS_TOKEN",
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

# RDS's CA certificates, to verify the database server. Public, and too long for a standard parameter:
#   curl -fsSO https://truststore.pki.rds.amazonaws.com/us-west-2/us-west-2-bundle.pem
#   aws ssm put-parameter --overwrite --type SecureString --tier Advanced --name /tickets/DATABASE_CA --value file://us-west-2-bundle.pem
resource "aws_ssm_parameter" "database_ca" {
  name  = "/${var.name}/DATABASE_CA"
  type  = "SecureString"
  tier  = "Advanced"
  value = "unset"
  lifecycle {
    ignore_changes = [value]
  }
}

# One URL per role: the shop changes rows, one task migrates, the master user creates roles.
locals {
  database_address = "${aws_db_instance.main.endpoint}/tickets?sslmode=verify-full"
  # Initial connection of the task that creates the database.
  first_database_address = "${aws_db_instance.main.endpoint}/postgres?sslmode=verify-full"
}

resource "aws_ssm_parameter" "database_url" {
  name  = "/${var.name}/DATABASE_URL"
  type  = "SecureString"
  value = "postgres://tickets_app:${var.database_passwords.app}@${local.database_address}"
}

resource "aws_ssm_parameter" "migrate_database_url" {
  name  = "/${var.name}-maintenance/DATABASE_URL"
  type  = "SecureString"
  value = "postgres://tickets_migrate:${var.database_passwords.migrate}@${local.database_address}"
}

resource "aws_ssm_parameter" "admin_database_url" {
  name  = "/${var.name}-maintenance/ADMIN_DATABASE_URL"
  type  = "SecureString"
  value = "postgres://tickets:${var.database_passwords.master}@${local.first_database_address}"
}

resource "aws_ssm_parameter" "role_password" {
  for_each = toset(["app", "migrate"])
  name     = "/${var.name}-maintenance/${upper(each.key)}_PASSWORD"
  type     = "SecureString"
  value    = var.database_passwords[each.key]
}
