// Package deploy holds the files with which callgate is deployed. Packages and
// the chart take them from here as files, callgate install from the binary.
package deploy

import "embed"

// Units are systemd's, for a callgate in /usr/bin.
//
//go:embed systemd/*
var Units embed.FS

// RuntimeClass is the manifest of Kubernetes' runtime class.
//
//go:embed runtimeclass.yaml
var RuntimeClass []byte
