#!/usr/bin/env bash
# The demo: an attacker's steps under callgate, and what the rules say of each.
# Needs bin/callgate (make build) and Go. Changes nothing outside of a temporary
# directory; the one write that it tries under /etc is denied.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/kubectl" ./testdata/demo/kubectl
go build -o "$work/demo" ./testdata/demo
"$work/demo" -callgate bin/callgate -rules testdata/demo/rules.yaml -tools "$work"
