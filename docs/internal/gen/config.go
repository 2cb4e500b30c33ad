package main

import (
	"bytes"
	"fmt"

	"github.com/callgate/callgate/runtime/daemon/config"
)

func writeConfig(b *bytes.Buffer) error {
	fmt.Fprintf(b, `# The daemon's configuration

`+"`callgate daemon`"+` reads %s, in YAML, or the file of --config.
All keys can be left out, and so can the file. Unknown keys and wrong values are errors:
all of them are told at once, each with its line and column. How the daemon works is told
in [daemon.md](daemon.md).

| key | value | default | meaning |
|---|---|---|---|
`, config.DefaultPath)
	for _, k := range config.Keys {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", code(k.Name), k.Type, code(k.Default), cell(k.Doc))
	}
	return nil
}
