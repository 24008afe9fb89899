#!/bin/sh
# A workflow: reads one JSON document on standard input. What GitHub sent stands in it as event.data.
set -eu

branch=$(sed -n 's/.*"ref": *"refs\/heads\/\([^"]*\)".*/\1/p')
if [ "$branch" != main ]; then
    printf '{"skipped": "%s"}\n' "$branch"
    exit
fi
# Here the real one would fetch, build and restart something.
printf '{"deployed": "%s"}\n' "$branch"
