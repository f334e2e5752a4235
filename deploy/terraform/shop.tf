resource "aws_ecr_repository" "main" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "AES256"
  }
}

# Staging runs production's images: what was tested there is rolled out here, by one digest.
data "aws_ecr_repository" "shared" {
  count = var.repository == null ? 0 : 1
  name  = var.repository
}

locals {
  repository = {
    url = coalesce(one(data.aws_ecr_repository.shared[*].repository_url), aws_ecr_repository.main.repository_url)
    arn = coalesce(one(data.aws_ecr_repository.shared[*].arn), aws_ecr_repository.main.arn)
  }
}

resource "aws_ecr_lifecycle_policy" "main" {
  repository = aws_ecr_repository.main.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last thirty images"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/ecs/${var.name}"
  retention_in_days = 7
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# Execution role: pulls the image, writes the log, reads this shop's parameters.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

data "aws_iam_policy_document" "execution" {
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
    resources = values(local.secrets)
  }
}

resource "aws_iam_role_policy" "execution" {
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# Task role of the shop, without AWS permissions.
resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_ecs_cluster" "main" {
  name = var.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

# The container's environment; empty values and `unset` secrets count as not set. A test of the server's configuration parses
# these maps.
locals {
  image = "${local.repository.url}@${var.image_digest}"
  environment = {
    PORT            = "8080"
    DOMAIN          = var.domain
    ADMIN_EMAILS    = var.admin_emails
    CORS_ORIGINS    = "https://${var.web_domain}"
    TRUSTED_PROXIES = aws_vpc.main.cidr_block
    LOG_FORMAT      = "json"
    MAIL_FROM       = var.mail_from
    # Limited by the task's memory.
    MAX_CONNECTIONS = "10000"
    # The shop's role cannot change the schema; the task in job.tf does.
    MIGRATE               = "no"
    UMA_AUTH_APP_PUBKEY   = var.uma_auth.app_pubkey
    UMA_AUTH_RELAY        = var.uma_auth.relay
    UMA_AUTH_REDIRECT_URI = var.uma_auth.redirect_uri
  }
  secrets = merge({ for name, parameter in aws_ssm_parameter.operator : name => parameter.arn }, {
    DATABASE_URL = aws_ssm_parameter.database_url.arn
    DATABASE_CA  = aws_ssm_parameter.database_ca.arn
  })
}

resource "aws_ecs_task_definition" "main" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([{
    name                   = "tickets"
    image                  = local.image
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = 40
    ulimits                = [{ name = "nofile", softLimit = 16384, hardLimit = 16384 }]
    portMappings           = [{ containerPort = 8080, protocol = "tcp" }]
    environment            = [for name, value in merge(local.environment, var.settings) : { name = name, value = value }]
    secrets                = [for name, arn in local.secrets : { name = name, valueFrom = arn }]
    healthCheck = {
      command     = ["CMD-SHELL", "curl -fsS http://127.0.0.1:8080/health -o /dev/null"]
      interval    = 10
      timeout     = 3
      retries     = 3
      startPeriod = 20
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.main.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "tickets"
      }
    }
  }])
}

resource "aws_ecs_service" "main" {
  name                               = var.name
  cluster                            = aws_ecs_cluster.main.id
  task_definition                    = aws_ecs_task_definition.main.arn
  desired_count                      = var.tasks
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 30

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.tasks.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.main.arn
    container_name   = "tickets"
    container_port   = 8080
  }

  depends_on = [aws_lb_listener.https]

  # Deployments register revisions with their image digest (.github/workflows/deploy.yml).
  lifecycle {
    ignore_changes = [task_definition]
  }
}
