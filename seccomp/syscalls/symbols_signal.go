package syscalls

// signals have the same numbers on x86 and arm64 (asm-generic/signal.h). Zero
// asks whether the process exists, and has no name.
var signals = &Symbols{
	Mask: All,
	Enum: []Symbol{
		{1, "SIGHUP"}, {2, "SIGINT"}, {3, "SIGQUIT"}, {4, "SIGILL"}, {5, "SIGTRAP"}, {6, "SIGABRT"}, {7, "SIGBUS"},
		{8, "SIGFPE"}, {9, "SIGKILL"}, {10, "SIGUSR1"}, {11, "SIGSEGV"}, {12, "SIGUSR2"}, {13, "SIGPIPE"}, {14, "SIGALRM"},
		{15, "SIGTERM"}, {16, "SIGSTKFLT"}, {17, "SIGCHLD"}, {18, "SIGCONT"}, {19, "SIGSTOP"}, {20, "SIGTSTP"},
		{21, "SIGTTIN"}, {22, "SIGTTOU"}, {23, "SIGURG"}, {24, "SIGXCPU"}, {25, "SIGXFSZ"}, {26, "SIGVTALRM"},
		{27, "SIGPROF"}, {28, "SIGWINCH"}, {29, "SIGIO"}, {30, "SIGPWR"}, {31, "SIGSYS"},
	},
}

// pidfdFlags are those of pidfd_open; their values are O_NONBLOCK's and O_EXCL's.
var pidfdFlags = &Symbols{
	Flags: []Symbol{
		{0x800, "PIDFD_NONBLOCK"}, {0x80, "PIDFD_THREAD"},
	},
}

// pidfdSignalFlags are those of pidfd_send_signal.
var pidfdSignalFlags = &Symbols{
	Flags: []Symbol{
		{1, "PIDFD_SIGNAL_THREAD"}, {2, "PIDFD_SIGNAL_THREAD_GROUP"}, {4, "PIDFD_SIGNAL_PROCESS_GROUP"},
	},
}
