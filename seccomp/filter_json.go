package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// The JSON form of a filter, which is sent between processes that may be of
// different versions: calls by ABI and kernel's name (a bare number where there
// is no name), masks and values as hexadecimal strings, because numbers beyond
// 2^53 do not survive every JSON library. The same filter has one form only.

type filterJSON struct {
	ABIs  []syscalls.ABI `json:"abis,omitempty"`
	Calls []callJSON     `json:"calls"`
}

type callJSON struct {
	ABI   syscalls.ABI `json:"abi"`
	Call  string       `json:"call"`
	Rules []ruleJSON   `json:"rules"`
}

type ruleJSON struct {
	When   []cmpJSON `json:"when,omitempty"`
	Action string    `json:"action"`
}

type cmpJSON struct {
	Arg   uint8  `json:"arg"`
	Mask  string `json:"mask"`
	Value string `json:"value"`
}

// MarshalJSON is the filter's JSON form. A filter that is not valid has none.
func (f *Filter) MarshalJSON() ([]byte, error) {
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("encode filter: %w", err)
	}
	out := filterJSON{ABIs: f.ABIs, Calls: []callJSON{}}
	for _, k := range f.Keys() {
		if len(f.Calls[k]) == 0 {
			continue
		}
		c := callJSON{ABI: k.ABI, Call: callName(k)}
		for _, r := range f.Calls[k] {
			rule := ruleJSON{Action: r.Action.String()}
			for _, m := range r.Cube {
				rule.When = append(rule.When, cmpJSON{m.Arg, hex(m.Mask), hex(m.Value)})
			}
			c.Rules = append(c.Rules, rule)
		}
		out.Calls = append(out.Calls, c)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote, and nothing else: an ABI, call,
// action or member that this version does not know is an error, because a
// filter read in part would let through what it was to stop.
func (f *Filter) UnmarshalJSON(data []byte) error {
	var in filterJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return fmt.Errorf("decode filter: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("decode filter: something follows it")
	}
	out, err := in.filter()
	if err != nil {
		return fmt.Errorf("decode filter: %w", err)
	}
	if err := out.Validate(); err != nil {
		return fmt.Errorf("decode filter: %w", err)
	}
	*f = *out
	return nil
}

func (in *filterJSON) filter() (*Filter, error) {
	f := &Filter{ABIs: in.ABIs}
	for _, c := range in.Calls {
		k, err := c.key()
		if err != nil {
			return nil, err
		}
		if len(f.Calls[k]) > 0 {
			return nil, fmt.Errorf("%v stands in it twice", k)
		}
		if len(c.Rules) == 0 {
			return nil, fmt.Errorf("%v has no rules", k)
		}
		for _, r := range c.Rules {
			cube, action, err := r.parse()
			if err != nil {
				return nil, fmt.Errorf("%v: %w", k, err)
			}
			f.Add(k, cube, action)
		}
	}
	return f, nil
}

func (c *callJSON) key() (Key, error) {
	if nr, ok := syscalls.Number(c.ABI, c.Call); ok {
		return Key{c.ABI, nr}, nil
	}
	nr, err := strconv.ParseUint(c.Call, 10, 31)
	k := Key{c.ABI, int(nr)}
	if err != nil || callName(k) != c.Call {
		return Key{}, fmt.Errorf("%v has no call %q", c.ABI, c.Call)
	}
	return k, nil
}

func (r *ruleJSON) parse() (Cube, Action, error) {
	action, err := parseAction(r.Action)
	if err != nil {
		return nil, 0, err
	}
	var cube Cube
	for _, m := range r.When {
		mask, err := parseHex(m.Mask)
		if err != nil {
			return nil, 0, err
		}
		value, err := parseHex(m.Value)
		if err != nil {
			return nil, 0, err
		}
		cube = append(cube, Cmp{m.Arg, mask, value})
	}
	return cube, action, nil
}

// callName is the name of a call, or its number.
func callName(k Key) string {
	if name, ok := syscalls.Name(k.ABI, k.NR); ok {
		return name
	}
	return strconv.Itoa(k.NR)
}

func hex(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }

func parseHex(s string) (uint64, error) {
	if len(s) > 2 && s[:2] == "0x" {
		if v, err := strconv.ParseUint(s[2:], 16, 64); err == nil && hex(v) == s {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%q is not a hexadecimal number such as 0x1f", s)
}
