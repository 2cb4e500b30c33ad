// Command callgate-runc is an OCI runtime for docker, podman and CRI-O: runc or
// crun, whose containers callgate supervises.
package main

import (
	"os"

	"github.com/callgate/callgate/runtime/wrapper"
)

func main() { os.Exit(wrapper.Main(os.Args)) }
