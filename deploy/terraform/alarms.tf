# Alarms: error responses, missing replicas, database storage and latency.

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  balancer = { LoadBalancer = aws_lb.main.arn_suffix }
  targets  = { LoadBalancer = aws_lb.main.arn_suffix, TargetGroup = aws_lb_target_group.main.arn_suffix }
  database = { DBInstanceIdentifier = aws_db_instance.main.id }
  alarms = {
    errors          = { namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = local.targets, statistic = "Sum", operator = "GreaterThanThreshold", threshold = 5 }
    unreachable     = { namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", dimensions = local.balancer, statistic = "Sum", operator = "GreaterThanThreshold", threshold = 5 }
    replicas        = { namespace = "AWS/ApplicationELB", metric = "HealthyHostCount", dimensions = local.targets, statistic = "Minimum", operator = "LessThanThreshold", threshold = var.tasks }
    database_cpu    = { namespace = "AWS/RDS", metric = "CPUUtilization", dimensions = local.database, statistic = "Average", operator = "GreaterThanThreshold", threshold = 80 }
    database_space  = { namespace = "AWS/RDS", metric = "FreeStorageSpace", dimensions = local.database, statistic = "Minimum", operator = "LessThanThreshold", threshold = 2000000000 }
    database_memory = { namespace = "AWS/RDS", metric = "FreeableMemory", dimensions = local.database, statistic = "Minimum", operator = "LessThanThreshold", threshold = 100000000 }
  }
}

resource "aws_cloudwatch_metric_alarm" "main" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Error log line of a job that failed too often: a payment or an email may need manual action.
resource "aws_cloudwatch_log_metric_filter" "dead_jobs" {
  name           = "${var.name}-dead-jobs"
  log_group_name = aws_cloudwatch_log_group.main.name
  pattern        = "\"a job was given up\""
  metric_transformation {
    namespace = var.name
    name      = "DeadJobs"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_jobs" {
  alarm_name          = "${var.name}-dead-jobs"
  namespace           = var.name
  metric_name         = "DeadJobs"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}
