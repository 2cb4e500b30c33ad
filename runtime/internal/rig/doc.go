// Package rig is the bench on which containers are tested: real containerd and
// real runtimes, each in a world of its own.
//
// A [World] is a tree of processes with its own pid, mount and network
// namespaces and its own /run, which dies as a whole and leaves nothing behind. It
// can be booted by systemd ([WorldOptions]), for tests of what systemd does. A
// [Node] is a containerd in a world, with one runtime (runc, crun) behind two
// handlers: "runc", the stock shim, and "callgate", ours. Pods are started over
// [CRI], containers by [Node.Ctr]; images are written by the rig, nothing comes
// from a registry. parts.txt tells which engines and runtimes there are.
package rig
