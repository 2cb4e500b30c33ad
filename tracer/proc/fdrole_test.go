package proc

import (
	"encoding/json"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// fdsRole opens one of each kind of descriptor and tells their numbers.
func fdsRole() error {
	fds := map[string]int{}
	add := func(name string) func(fd int, err error) {
		return func(fd int, err error) {
			if err == nil {
				fds[name] = fd
			}
		}
	}
	add("file")(unix.Open(os.Getenv("ROLE_ARG"), unix.O_RDONLY, 0))
	add("directory")(unix.Open("/", unix.O_RDONLY, 0))
	add("char")(unix.Open("/dev/null", unix.O_RDONLY, 0))
	add("namespace")(unix.Open("/proc/self/ns/mnt", unix.O_RDONLY, 0))
	add("event")(unix.Eventfd(0, 0))
	add("eventpoll")(unix.EpollCreate1(0))
	add("inotify")(unix.InotifyInit1(0))
	add("signalfd")(unix.Signalfd(-1, &unix.Sigset_t{}, 0))
	add("timerfd")(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0))
	add("memfd")(unix.MemfdCreate("anonymous", 0))
	add("pidfd")(unix.PidfdOpen(os.Getppid(), 0))
	for name, family := range map[string]int{
		"unix": unix.AF_UNIX, "ipv4": unix.AF_INET, "ipv6": unix.AF_INET6, "vsock": unix.AF_VSOCK,
	} {
		add(name)(unix.Socket(family, unix.SOCK_STREAM, 0))
	}
	add("netlink")(unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE))
	add("packet")(unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0))
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return err
	}
	fds["pipe"] = p[0]
	if err := connected(fds); err != nil {
		return err
	}
	say, err := json.Marshal(fds)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(fds)
	return ready(string(say))
}

// connected makes sockets with addresses.
func connected(fds map[string]int) error {
	server, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(server, &unix.SockaddrInet6{Port: 0, Addr: [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}}); err != nil {
		return err
	}
	name, err := unix.Getsockname(server)
	if err != nil {
		return err
	}
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	to := &unix.SockaddrInet4{Port: name.(*unix.SockaddrInet6).Port, Addr: [4]byte{127, 0, 0, 1}}
	if err := unix.Connect(client, to); err != nil {
		return err
	}
	abstract, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(abstract, &unix.SockaddrUnix{Name: "@callgate-test"}); err != nil {
		return err
	}
	fds["mapped server"], fds["udp client"], fds["abstract"] = server, client, abstract
	return nil
}
