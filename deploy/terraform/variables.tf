variable "name" {
  description = "Name of everything that is made."
  type        = string
  default     = "tickets"
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-west-2"
}

variable "domain" {
  description = "Domain of the API and of the shop's UMA address, such as api.tickets.example.com."
  type        = string
}

variable "web_domain" {
  description = "Domain of the web app, such as tickets.example.com."
  type        = string
}

variable "zone_id" {
  description = "Route 53 zone that holds both domains."
  type        = string
}

variable "web_repository" {
  description = "Repository that Amplify builds the web app from."
  type        = string
}

variable "web_repository_token" {
  description = "Access token for that repository."
  type        = string
  sensitive   = true
}

variable "image_tag" {
  description = "Tag of the image in the registry: a commit, so that a deployment can be repeated."
  type        = string
  default     = "latest"
}

variable "admin_emails" {
  description = "Comma-separated addresses of organisers."
  type        = string
}

variable "tasks" {
  description = "Replicas of the shop."
  type        = number
  default     = 2
}

variable "alarm_email" {
  description = "Where alarms go."
  type        = string
}

variable "database_password" {
  description = "Password of the database's owner; letters and digits."
  type        = string
  sensitive   = true
  validation {
    condition     = can(regex("^[A-Za-z0-9]{24,}$", var.database_password))
    error_message = "Use at least 24 letters and digits: it becomes part of a URL."
  }
}

variable "database_class" {
  description = "RDS instance class."
  type        = string
  default     = "db.t4g.micro"
}
