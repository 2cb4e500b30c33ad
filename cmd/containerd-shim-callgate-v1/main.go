// Command containerd-shim-callgate-v1 is containerd's runc shim, whose containers
// callgate supervises. containerd starts it for the runtime type
// io.containerd.callgate.v1.
package main

import "github.com/callgate/callgate/runtime/shim"

// version is set by the linker (Makefile).
var version = "devel"

func main() { shim.Main(version) }
