# One-off tasks of operators and deployments, with rights that the shop lacks (docs/operators.md):
#   migrate   migrates the schema, as the role that owns the tables
#   roles     creates the database and the roles of deploy/roles.sql, as the master user: once, and after a change of passwords

locals {
  job_secrets = {
    migrate = {
      DATABASE_URL = aws_ssm_parameter.migrate_database_url.arn
      DATABASE_CA  = aws_ssm_parameter.database_ca.arn
    }
    roles = {
      ADMIN_DATABASE_URL = aws_ssm_parameter.admin_database_url.arn
      DATABASE_CA        = aws_ssm_parameter.database_ca.arn
      APP_PASSWORD       = aws_ssm_parameter.role_password["app"].arn
      MIGRATE_PASSWORD   = aws_ssm_parameter.role_password["migrate"].arn
    }
  }
  jobs = {
    migrate = { image = local.image, entry_point = null, command = ["migrate"], environment = [] }
    roles = {
      image       = "public.ecr.aws/docker/library/postgres:15-bookworm@sha256:539ceaaae49b3a7c8a04467cf00cc6788d8e3f1675df41860d86eebc4c40524f"
      entry_point = ["sh", "-euc"]
      command = [
        "printenv DATABASE_CA >/tmp/ca.pem; printenv DATABASE_SQL ROLES_SQL | PGSSLROOTCERT=/tmp/ca.pem psql -v ON_ERROR_STOP=1 \"$ADMIN_DATABASE_URL\"",
      ]
      environment = [
        { name = "DATABASE_SQL", value = file("${path.module}/database.sql") },
        { name = "ROLES_SQL", value = file("${path.module}/../roles.sql") },
      ]
    }
  }
}

# Each task can read its own secrets only, and the shop's task none of them.
resource "aws_iam_role" "job" {
  for_each           = local.job_secrets
  name               = "${var.name}-${each.key}-execution"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

data "aws_iam_policy_document" "job" {
  for_each = local.job_secrets
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.repository.arn]
  }
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.main.arn}:*"]
  }
  statement {
    actions   = ["ssm:GetParameters"]
    resources = values(each.value)
  }
}

resource "aws_iam_role_policy" "job" {
  for_each = local.job_secrets
  role     = aws_iam_role.job[each.key].id
  policy   = data.aws_iam_policy_document.job[each.key].json
}

resource "aws_ecs_task_definition" "job" {
  for_each                 = local.job_secrets
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.job[each.key].arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([{
    name        = each.key
    image       = local.jobs[each.key].image
    essential   = true
    entryPoint  = local.jobs[each.key].entry_point
    command     = local.jobs[each.key].command
    environment = local.jobs[each.key].environment
    secrets     = [for name, arn in each.value : { name = name, valueFrom = arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.main.name
        awslogs-region        = var.region
        awslogs-stream-prefix = each.key
      }
    }
  }])
}
