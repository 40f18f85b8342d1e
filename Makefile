# The two commands are `make serve` and `make test`; all of them install what is missing first.
.PHONY: serve test build headroom validation check bench systems size screenshot clean

serve: build ## the release page on http://127.0.0.1:8080 (PORT=… for another port)
	@node scripts/serve.mjs dist

test: ## every test: native, Wasm in headless Chromium, the page end to end
	@scripts/test

build: ## dist/, a folder for any static server, under any path
	@scripts/build

headroom: ## the command line, target/release/headroom
	@scripts/headroom

validation: ## the simulator against theory, as a page: dist/validation.html
	@scripts/validation

check: ## formatting, and clippy with warnings denied
	@scripts/check

bench: ## events a second, natively and in Chromium, beside a loop written by hand
	@scripts/bench

systems: ## 20 000 random systems against the books (SYSTEMS=… for another number)
	@HEADROOM_SYSTEMS=$${SYSTEMS:-20000} cargo test --no-default-features --features cli --test it random_systems -- --nocapture

size: build ## what the page weighs, held against its budget
	@scripts/setup chromium
	@node scripts/size.mjs dist

screenshot: build ## docs/screenshot.png, from the built page
	@scripts/setup chromium
	@node scripts/screenshot.mjs dist docs/screenshot.png

clean: ## everything that was built in this checkout
	rm -rf target dist node_modules
