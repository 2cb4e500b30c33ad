package syscalls

// systemCalls change the whole machine or the caller's view of it: names,
// clocks, swap, power.
var systemCalls = []row{
	{Type: "sethostname", Args: []Arg{{"name", Bytes, nil}, {"len", Int, nil}}},
	{Type: "setdomainname", Args: []Arg{{"name", Bytes, nil}, {"len", Int, nil}}},
	{Type: "settimeofday", Args: []Arg{{"tv", Ptr, nil}, {"tz", Ptr, nil}}},
	{Type: "clock_settime", Names: "clock_settime clock_settime64", Args: []Arg{{"clockid", Int, clocks}, {"tp", Ptr, nil}}},
	{Type: "adjtimex", Args: []Arg{{"buf", Ptr, nil}}},
	{Type: "clock_adjtime", Names: "clock_adjtime clock_adjtime64", Args: []Arg{{"clockid", Int, clocks}, {"buf", Ptr, nil}}},
	{Type: "reboot", Args: []Arg{{"magic", Uint, nil}, {"magic2", Uint, nil}, {"cmd", Uint, rebootCmds}, {"arg", Ptr, nil}}},
	{Type: "swapon", Args: []Arg{{"path", Path, nil}, {"flags", Int, swapFlags}}},
	{Type: "swapoff", Args: []Arg{{"path", Path, nil}}},
	{Type: "acct", Args: []Arg{{"filename", Path, nil}}},
}
