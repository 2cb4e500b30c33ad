package tracer_test

import (
	"os"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/source"
)

// BenchmarkHandle is what a call costs between its receipt and its answer, judged by
// the default rules, none of which matches.
func BenchmarkHandle(b *testing.B) {
	set, err := rules.Load(rules.Options{})
	if err != nil {
		b.Fatal(err)
	}
	sup, err := tracer.New(tracer.Config{Alerts: func(a *alert.Alert) { b.Error(a.Rule) }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(sup.Close)
	facts := &tracer.Facts{Container: event.UnknownContainer()}
	facts.Container.ID = "host"
	sandbox := tracer.NewSandbox(facts, tracer.NewPolicy(set, rules.Monitor))
	handler := sup.NewHandler(sandbox.Enter(tracer.Entering{}))
	runtime.LockOSThread() // the caller, whose name lets it change namespaces
	defer runtime.UnlockOSThread()
	own, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		b.Fatal(err)
	}
	defer os.WriteFile("/proc/self/comm", own, 0)
	if err := os.WriteFile("/proc/self/comm", []byte("nsenter"), 0); err != nil {
		b.Fatal(err)
	}
	addr := &unix.RawSockaddrInet4{Family: unix.AF_INET, Port: 9 << 8, Addr: [4]byte{127, 0, 0, 1}}
	for name, call := range map[string]source.Call{
		"setns":   {NR: unix.SYS_SETNS, Args: [6]uint64{^uint64(0), unix.CLONE_NEWNET}},
		"connect": {NR: unix.SYS_CONNECT, Args: [6]uint64{3, uint64(uintptr(unsafe.Pointer(addr))), unix.SizeofSockaddrInet4}},
	} {
		call.TID, call.ABI = unix.Gettid(), syscalls.Native()[0]
		call.Valid = func() bool { return true }
		call.Act = func(f func()) bool { f(); return true }
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := handler.Handle(&call); r.Verb != source.Continue {
					b.Fatal(r)
				}
			}
		})
	}
}
