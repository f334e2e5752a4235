variable "name" {
  description = "Name prefix of all resources."
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
  description = "Git repository of the web app for Amplify."
  type        = string
}

variable "web_repository_token" {
  description = "Access token for that repository."
  type        = string
  sensitive   = true
}

variable "repository" {
  description = "Registry of another deployment in this account whose images to run, such as `tickets` for staging; this deployment's own if null."
  type        = string
  default     = null
}

variable "image_digest" {
  description = "Digest of the image in the registry, such as sha256:…."
  type        = string
  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "Use the digest that `docker push` prints."
  }
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
  description = "Email address for alarms."
  type        = string
}

variable "database_passwords" {
  description = "Passwords of the database's master user, of the migration role, and of the shop's role; letters and digits."
  type        = object({ master = string, migrate = string, app = string })
  sensitive   = true
  validation {
    condition     = alltrue([for p in values(var.database_passwords) : can(regex("^[A-Za-z0-9]{24,}$", p))])
    error_message = "Use at least 24 letters and digits for each: they become parts of URLs."
  }
  validation {
    condition     = length(toset(values(var.database_passwords))) == 3
    error_message = "Use three different passwords."
  }
}

variable "database_class" {
  description = "RDS instance class."
  type        = string
  default     = "db.t3.micro"
}

variable "public_ranges" {
  description = "Address ranges of the load balancer's two subnets, within 10.0.0.0/16."
  type        = list(string)
  default     = ["10.0.1.0/24", "10.0.2.0/24"]
}

variable "private_ranges" {
  description = "Address ranges of the two subnets of tasks and database, within 10.0.0.0/16."
  type        = list(string)
  default     = ["10.0.11.0/24", "10.0.12.0/24"]
}

variable "mail_from" {
  description = "Sender of emails, such as Tickets <tickets@example.com>; requires SMTP_URL."
  type        = string
  default     = ""
}

variable "uma_auth" {
  description = "Wallet connections by UMA Auth: all three or none."
  type        = object({ app_pubkey = string, relay = string, redirect_uri = string })
  default     = { app_pubkey = "", relay = "", redirect_uri = "" }
}

variable "settings" {
  description = "Other non-secret settings of docs/operators.md, such as { HOLD_MINUTES = \"10\" }."
  type        = map(string)
  default     = {}
}
