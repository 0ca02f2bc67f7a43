# Every target is a script in scripts/: this file only names them.
.DEFAULT_GOAL := help
.PHONY: help run stop demo-walk demo-load test fmt sqlx bench clean-data

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

run: ## Start everything: PostgreSQL, build, sample data, service, inbox
	@scripts/run

stop: ## Stop the service and its PostgreSQL
	@scripts/stop

demo-walk: ## Play the main job against the running service
	@scripts/demo-walk

demo-load: ## Fill the running demo with ten years of requests (REQUESTS=20000)
	@scripts/demo-walk load --requests $(or $(REQUESTS),20000)

test: ## Run every check and test (STAGES="format clippy" for some)
	@scripts/test

fmt: ## Format the code
	@cargo fmt --all

sqlx: ## Write .sqlx anew after a query or a migration changed
	@scripts/sqlx

bench: ## Measure against a fresh, durable PostgreSQL
	@scripts/bench

clean-data: ## Stop everything and delete the data of this checkout (asks; CONFIRM=yes does not)
	@scripts/clean-data
