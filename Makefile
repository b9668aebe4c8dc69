# Every command of the project, each as plain as it can be typed.

.DEFAULT_GOAL := help
.PHONY: help tidy tidy-check install-check

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

tidy: ## go mod tidy for every module
	bash scripts/tidy.sh

tidy-check: ## fail if make tidy would change something
	bash scripts/tidy.sh -check

install-check: ## install from packed modules, without the workspace
	bash scripts/install_check.sh
