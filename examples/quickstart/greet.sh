#!/bin/sh
# A workflow: reads one JSON document on standard input, and what it prints is the result.
set -eu

name=$(sed -n 's/.*"inputs":{[^}]*"name":"\([^"]*\)".*/\1/p')
printf '{"greeting": "Good morning, %s."}\n' "${name:-whoever you are}"
