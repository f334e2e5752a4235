output "registry" {
  description = "Where images are pushed."
  value       = aws_ecr_repository.main.repository_url
}

output "balancer" {
  description = "Name of the load balancer."
  value       = aws_lb.main.dns_name
}

output "cluster" {
  description = "Cluster and service to deploy to."
  value       = "${aws_ecs_cluster.main.name}/${aws_ecs_service.main.name}"
}
