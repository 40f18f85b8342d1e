# The two commands are `make serve` and `make test`; all of them install what is missing first.
.PHONY: serve test test-browsers build headroom validation check bench bench-ui systems size screenshot clean

serve: ## the release page on http://127.0.0.1:8080 (PORT=… for another port), without waiting for the validation
	@scripts/build page
	@node scripts/serve.mjs dist

test: ## every test: native, Wasm in headless Chromium, the built page in headless Chromium
	@scripts/test

test-browsers: ## the built page in Firefox and WebKitGTK, on demand
	@scripts/test-browsers

build: ## the page and the validation in dist/, a folder for any static server, under any path
	@scripts/build

headroom: ## the command line, target/release/headroom
	@scripts/headroom

validation: ## the simulator compared with theory, as a page: dist/validation.html
	@scripts/validation

check: ## formatting, clippy and the documentation, with warnings denied
	@scripts/check

bench: ## events per second, natively and in Chromium, beside a hand-written loop
	@scripts/bench

bench-ui: ## how fast the page draws and answers in headless Chromium, with up to 200 nodes and on a slowed processor
	@scripts/build page
	@scripts/setup chromium
	@node scripts/bench-ui.mjs dist --write

systems: ## 20 000 random systems and 10 000 databases, whose requests must all be accounted for (SYSTEMS=… for another number)
	@HEADROOM_SYSTEMS=$${SYSTEMS:-20000} cargo test --no-default-features --features cli --test it systems::random -- --nocapture

size: ## what the page weighs, compared with its budget, and what a first visit fetches when
	@scripts/build page
	@scripts/setup chromium
	@node scripts/size.mjs dist

screenshot: ## docs/screenshot.png, from the built page
	@scripts/build page
	@scripts/setup chromium
	@node scripts/screenshot.mjs dist docs/screenshot.png

clean: ## removes everything that was built in this checkout
	rm -rf target dist node_modules
