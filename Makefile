# Everything a person or CI does with this tree. `make` alone lists it.
# sudo looks for programs in /usr, and on Amazon Linux and RHEL not in /usr/local.
PREFIX ?= /usr
DESTDIR ?=
NODE ?= node
# What is installed: one file with a Node in it, or with "no" a script that the Node of the host runs.
EXECUTABLE ?= yes
LIB = $(DESTDIR)$(PREFIX)/lib/taskfence
# What the machines of test-machine boot from, made once: 2 GB.
MACHINE_ROOTS ?= $(or $(XDG_CACHE_HOME),/var/cache)/taskfence-test
SHARED = man/man8/taskfence.8 bash-completion/completions/taskfence zsh/site-functions/_taskfence
DOC = $(DESTDIR)$(PREFIX)/share/doc/taskfence
EXAMPLES = $(DOC)/examples
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system

.PHONY: help executable try test coverage test-long test-slow drift-picture test-machine machine-roots lint bench build dist deb install uninstall clean

help:
	@echo 'make try        the main job, shown on a throw-away host (nothing of this machine is touched)'
	@echo 'make test       install what the tests need, and run them'
	@echo 'make test-long  the rest: campaigns, packages, PowerShell and wine, the screens of the docs'
	@echo 'make test-machine  the same on booted hosts with each Docker (root; makes $(MACHINE_ROOTS))'
	@echo 'make coverage   the lines of src that no test of make test runs'
	@echo 'make test-slow  the daemon in ten minutes of troubles'
	@echo 'make lint       types, eslint, prettier'
	@echo 'make bench      figures, as ratios measured in one run'
	@echo 'make build      dist/taskfence.js'
	@echo 'make executable dist/taskfence: the same with a Node in it, which starts faster'
	@echo 'make dist       packages: executables, .deb, .rpm, npm, in dist/packages'
	@echo 'make deb        only the .deb, for this processor'
	@echo 'make install    to $(PREFIX) (as root)'
	@echo 'make uninstall  remove it from there'

try: node_modules need-try build
	@$(NODE) dist/dev/try.js

test: node_modules need-test build executable
	@$(NODE) test/run.js

# All named layouts, campaigns with a few hundred random ones, and what takes a minute a file.
test-long: node_modules need-test build
	@test -f dist/packages/SHA256SUMS || $(MAKE) --silent -o build deb || echo 'no .deb: its tests are skipped'
	@TASKFENCE_EACH=1 TASKFENCE_ROUNDS=100 TASKFENCE_LAYOUTS=200 TASKFENCE_INTERLEAVINGS=30 $(NODE) test/run.js \
	  $$(find test -name '*.long.ts') test/host/layouts.test.ts test/host/random.test.ts test/netfilter/kernel.test.ts test/ecs-init/interleavings.test.ts

test-machine: machine-roots build
	@test -f dist/packages/SHA256SUMS || $(MAKE) --silent -o build deb || echo 'no .deb: its tests are skipped'
	@TASKFENCE_ROOTS=$(MACHINE_ROOTS) $(NODE) test/run.js --jobs=2 test/machine/*.machine.ts

machine-roots: need-machine
	@test/machine/roots.sh $(MACHINE_ROOTS)

lint: node_modules
	npx tsc --noEmit
	npx eslint .
	npx prettier --check .

bench: node_modules need-bench build executable
	@$(NODE) dist/dev/bench.js; first=$$?; $(NODE) dist/dev/daemon.js && exit $$first

# Takes half as long again as the tests.
coverage: node_modules need-test build
	@$(NODE) test/coverage.js

# A daemon in ten minutes of troubles; SOAK_SECONDS=3600 for an hour.
test-slow: node_modules need-test build
	@$(NODE) test/run.js --timeout=4000 test/watch/*.slow.ts

drift-picture: build
	@$(NODE) dist/dev/timeline.js

# Before build, which compiles the program on a throw-away host where it can make one.
need-%:
	@test/need.sh $*

build: node_modules
	@$(NODE) build.js

executable: build
	@$(NODE) dist/dev/executable.js

dist: node_modules need-dist build
	@$(NODE) dist/dev/dist.js

deb: node_modules need-deb build
	@$(NODE) dist/dev/dist.js deb

node_modules: package-lock.json
	npm ci --no-fund --no-audit
	@touch node_modules

install:
	@test -f dist/taskfence.js || $(MAKE) build
	@test $(EXECUTABLE) = no || test -f dist/taskfence || $(NODE) dist/dev/executable.js || echo 'The script is installed.'
	rm -rf $(LIB) $(DESTDIR)$(PREFIX)/bin/taskfence
	install -d $(DESTDIR)$(PREFIX)/bin
	if [ $(EXECUTABLE) = yes ] && [ -f dist/taskfence ]; then \
	  install -m 0755 dist/taskfence $(DESTDIR)$(PREFIX)/bin/taskfence; \
	else \
	  install -d $(LIB) && cp -R dist/. $(LIB)/ && \
	  rm -rf $(LIB)/dev $(LIB)/share $(LIB)/packages $(LIB)/taskfence && \
	  ln -s ../lib/taskfence/taskfence.js $(DESTDIR)$(PREFIX)/bin/taskfence; \
	fi
	install -d $(DESTDIR)$(PREFIX)/share
	cp -R dist/share/. $(DESTDIR)$(PREFIX)/share/
	install -d $(EXAMPLES)
	install -m 0644 packaging/policy.json $(EXAMPLES)/policy.json
	install -d $(UNITS)
	install -m 0644 systemd/taskfence-fence.service systemd/taskfence-host.service $(UNITS)/
	sed 's|/usr/bin/taskfence|$(PREFIX)/bin/taskfence|' systemd/taskfence.service > $(UNITS)/taskfence.service
	chmod 0644 $(UNITS)/taskfence.service

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/taskfence $(addprefix $(DESTDIR)$(PREFIX)/share/,$(SHARED))
	rm -f $(addprefix $(UNITS)/,taskfence.service taskfence-fence.service taskfence-host.service)
	rm -rf $(LIB) $(DOC)

clean:
	rm -rf dist .tap coverage
