PYTHON ?= python3

.PHONY: demo docs test

demo:
	$(PYTHON) tests/bootstrap.py demo

docs:
	$(PYTHON) tests/bootstrap.py docs

test:
	$(PYTHON) tests/bootstrap.py test $(ARGS)
