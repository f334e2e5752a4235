output "registry" {
  description = "Image registry."
  value       = aws_ecr_repository.main.repository_url
}

output "balancer" {
  description = "DNS name of the load balancer."
  value       = aws_lb.main.dns_name
}

output "cluster" {
  description = "Cluster and service of deployments."
  value       = "${aws_ecs_cluster.main.name}/${aws_ecs_service.main.name}"
}
