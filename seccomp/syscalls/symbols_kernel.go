package syscalls

import "golang.org/x/sys/unix"

// bpfCmds are the commands of bpf.
var bpfCmds = &Symbols{
	Mask: All,
	Enum: []Symbol{
		{unix.BPF_MAP_CREATE, "BPF_MAP_CREATE"}, {unix.BPF_MAP_LOOKUP_ELEM, "BPF_MAP_LOOKUP_ELEM"},
		{unix.BPF_MAP_UPDATE_ELEM, "BPF_MAP_UPDATE_ELEM"}, {unix.BPF_MAP_DELETE_ELEM, "BPF_MAP_DELETE_ELEM"},
		{unix.BPF_MAP_GET_NEXT_KEY, "BPF_MAP_GET_NEXT_KEY"}, {unix.BPF_PROG_LOAD, "BPF_PROG_LOAD"},
		{unix.BPF_OBJ_PIN, "BPF_OBJ_PIN"}, {unix.BPF_OBJ_GET, "BPF_OBJ_GET"}, {unix.BPF_PROG_ATTACH, "BPF_PROG_ATTACH"},
		{unix.BPF_PROG_DETACH, "BPF_PROG_DETACH"}, {unix.BPF_PROG_TEST_RUN, "BPF_PROG_TEST_RUN"},
		{unix.BPF_PROG_GET_NEXT_ID, "BPF_PROG_GET_NEXT_ID"}, {unix.BPF_MAP_GET_NEXT_ID, "BPF_MAP_GET_NEXT_ID"},
		{unix.BPF_PROG_GET_FD_BY_ID, "BPF_PROG_GET_FD_BY_ID"}, {unix.BPF_MAP_GET_FD_BY_ID, "BPF_MAP_GET_FD_BY_ID"},
		{unix.BPF_OBJ_GET_INFO_BY_FD, "BPF_OBJ_GET_INFO_BY_FD"}, {unix.BPF_PROG_QUERY, "BPF_PROG_QUERY"},
		{unix.BPF_RAW_TRACEPOINT_OPEN, "BPF_RAW_TRACEPOINT_OPEN"}, {unix.BPF_BTF_LOAD, "BPF_BTF_LOAD"},
		{unix.BPF_BTF_GET_FD_BY_ID, "BPF_BTF_GET_FD_BY_ID"}, {unix.BPF_TASK_FD_QUERY, "BPF_TASK_FD_QUERY"},
		{unix.BPF_MAP_LOOKUP_AND_DELETE_ELEM, "BPF_MAP_LOOKUP_AND_DELETE_ELEM"}, {unix.BPF_MAP_FREEZE, "BPF_MAP_FREEZE"},
		{unix.BPF_BTF_GET_NEXT_ID, "BPF_BTF_GET_NEXT_ID"}, {unix.BPF_MAP_LOOKUP_BATCH, "BPF_MAP_LOOKUP_BATCH"},
		{unix.BPF_MAP_LOOKUP_AND_DELETE_BATCH, "BPF_MAP_LOOKUP_AND_DELETE_BATCH"},
		{unix.BPF_MAP_UPDATE_BATCH, "BPF_MAP_UPDATE_BATCH"}, {unix.BPF_MAP_DELETE_BATCH, "BPF_MAP_DELETE_BATCH"},
		{unix.BPF_LINK_CREATE, "BPF_LINK_CREATE"}, {unix.BPF_LINK_UPDATE, "BPF_LINK_UPDATE"},
		{unix.BPF_LINK_GET_FD_BY_ID, "BPF_LINK_GET_FD_BY_ID"}, {unix.BPF_LINK_GET_NEXT_ID, "BPF_LINK_GET_NEXT_ID"},
		{unix.BPF_ENABLE_STATS, "BPF_ENABLE_STATS"}, {unix.BPF_ITER_CREATE, "BPF_ITER_CREATE"},
		{unix.BPF_LINK_DETACH, "BPF_LINK_DETACH"}, {unix.BPF_PROG_BIND_MAP, "BPF_PROG_BIND_MAP"}, {36, "BPF_TOKEN_CREATE"},
		{37, "BPF_PROG_STREAM_READ_BY_FD"},
	},
}

// moduleFlags are those of finit_module.
var moduleFlags = &Symbols{
	Flags: []Symbol{
		{1, "MODULE_INIT_IGNORE_MODVERSIONS"}, {2, "MODULE_INIT_IGNORE_VERMAGIC"}, {4, "MODULE_INIT_COMPRESSED_FILE"},
	},
}

// deleteModuleFlags are those of delete_module.
var deleteModuleFlags = &Symbols{
	Flags: []Symbol{
		{unix.O_NONBLOCK, "O_NONBLOCK"}, {unix.O_TRUNC, "O_TRUNC"},
	},
}

// kexecFlags are those of kexec_load; the upper 16 of 32 bits hold an architecture.
var kexecFlags = &Symbols{
	Mask: 0xffff0000,
	Enum: []Symbol{
		{0x30000, "KEXEC_ARCH_386"}, {0x3e0000, "KEXEC_ARCH_X86_64"}, {0xb70000, "KEXEC_ARCH_AARCH64"},
	},
	Flags: []Symbol{
		{1, "KEXEC_ON_CRASH"}, {2, "KEXEC_PRESERVE_CONTEXT"}, {4, "KEXEC_UPDATE_ELFCOREHDR"},
		{8, "KEXEC_CRASH_HOTPLUG_SUPPORT"},
	},
}

// kexecFileFlags are those of kexec_file_load.
var kexecFileFlags = &Symbols{
	Flags: []Symbol{
		{1, "KEXEC_FILE_UNLOAD"}, {2, "KEXEC_FILE_ON_CRASH"}, {4, "KEXEC_FILE_NO_INITRAMFS"}, {8, "KEXEC_FILE_DEBUG"},
	},
}

// perfFlags are those of perf_event_open.
var perfFlags = &Symbols{
	Flags: []Symbol{
		{unix.PERF_FLAG_FD_NO_GROUP, "PERF_FLAG_FD_NO_GROUP"}, {unix.PERF_FLAG_FD_OUTPUT, "PERF_FLAG_FD_OUTPUT"},
		{unix.PERF_FLAG_PID_CGROUP, "PERF_FLAG_PID_CGROUP"}, {unix.PERF_FLAG_FD_CLOEXEC, "PERF_FLAG_FD_CLOEXEC"},
	},
}
