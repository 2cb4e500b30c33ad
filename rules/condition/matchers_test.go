package condition

import "testing"

func TestMatchers(t *testing.T) {
	tests := []struct {
		op       Op
		s, lit   string
		want     bool
		whatsFor string
	}{
		{PathMatch, "/etc", "/etc", true, "the directory itself"},
		{PathMatch, "/etc/x", "/etc/", true, "a trailing slash"},
		{PathMatch, "/etcx", "/etc", false, "a longer name"},
		{PathMatch, "/x", "/", true, "everything lies below the root"},
		{HasFlag, "A|B", "B", true, "the last flag"},
		{HasFlag, "A|BC", "B", false, "a part of a flag"},
		{HasFlag, "0", "0", true, "no flag at all"},
		{IContains, "xAbC", "BC", true, "letters of either case"},
		{IContains, "x", "", true, "the empty text"},
		{IStartsWith, "Ab", "aB", true, "the whole text"},
		{IEndsWith, "b", "ab", false, "more than the text"},
		{IEqual, "[", "{", false, "only letters have a case"},
	}
	for _, tt := range tests {
		if got := textual[tt.op](tt.s, tt.lit); got != tt.want {
			t.Errorf("%s: got %t", tt.whatsFor, got)
		}
	}
}

func TestInNets(t *testing.T) {
	nets, err := parseNets([]string{"10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "10.1.2.3/16"})
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]bool{
		"10.255.0.1": true, "11.0.0.1": false, "::ffff:10.1.2.3": true, "2001:db8::1": true, "2001:db9::1": false,
		"192.0.2.7": true, "192.0.2.8": false, "fe80::1%eth0": false, "no address": false, "": false,
	} {
		if got := inNets(s, nets); got != want {
			t.Errorf("inNets(%q) = %t", s, got)
		}
	}
	if _, err := parseNets([]string{"10.0.0.0/33"}); err == nil {
		t.Error("a prefix of 33 bits was accepted")
	}
}
