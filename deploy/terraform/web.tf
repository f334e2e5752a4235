resource "aws_amplify_app" "main" {
  name         = var.name
  repository   = var.web_repository
  access_token = var.web_repository_token

  build_spec = <<-YAML
    version: 1
    applications:
      - appRoot: web
        frontend:
          phases:
            preBuild: { commands: ["npm ci"] }
            build: { commands: ["npm run build"] }
          artifacts: { baseDirectory: dist, files: ["**/*"] }
          cache: { paths: ["node_modules/**/*"] }
  YAML

  environment_variables = {
    VITE_API_BASE_URL          = "https://${var.domain}"
    AMPLIFY_MONOREPO_APP_ROOT  = "web"
    VITE_UMA_AUTH_REDIRECT_URI = "https://${var.web_domain}/oauth/callback"
  }

  custom_rule {
    source = "</^[^.]+$|\\.(?!(css|gif|ico|jpg|js|png|txt|svg|woff2|json|webmanifest)$)([^.]+$)/>"
    target = "/index.html"
    status = "200"
  }
}

resource "aws_amplify_branch" "main" {
  app_id            = aws_amplify_app.main.id
  branch_name       = "main"
  stage             = "PRODUCTION"
  enable_auto_build = false
}

resource "aws_amplify_domain_association" "main" {
  app_id      = aws_amplify_app.main.id
  domain_name = var.web_domain
  sub_domain {
    branch_name = aws_amplify_branch.main.branch_name
    prefix      = ""
  }
}
