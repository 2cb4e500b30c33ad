package seccomp

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Validate reports what no back end could express, or what would not mean what
// it says. All faults are reported, joined.
func (f *Filter) Validate() error {
	var errs []error
	used := make(map[syscalls.ABI]bool)
	for _, a := range f.UsedABIs() {
		if a == syscalls.X32 {
			// The kernel calls it a historical error and may drop it; its
			// structures are those of no other ABI.
			errs = append(errs, errors.New("check filter: x32 cannot be let in"))
		}
		used[a] = true
	}
	for _, k := range f.Keys() {
		if !used[k.ABI] {
			errs = append(errs, fmt.Errorf("check filter: %v: the filter refuses all calls of %v", k, k.ABI))
		}
		if k.NR < 0 || k.NR >= syscalls.X32Bit {
			errs = append(errs, fmt.Errorf("check filter: %v: number out of range", k))
		}
		for _, r := range f.Calls[k] {
			if err := r.validate(k.ABI); err != nil {
				errs = append(errs, fmt.Errorf("check filter: %v: %w", k, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (r Rule) validate(abi syscalls.ABI) error {
	if !r.Action.known() {
		return fmt.Errorf("%v is not an action of a filter", r.Action)
	}
	for _, c := range r.Cube {
		switch {
		case int(c.Arg) >= 6:
			return fmt.Errorf("%v: a call has registers 0 to 5", c)
		case c.Value&^c.Mask != 0:
			return fmt.Errorf("%v: the value has bits outside the mask", c)
		case abi == syscalls.I386 && c.Mask>>32 != 0:
			// seccomp_data holds the 64-bit registers of a program that enters
			// through int 0x80, of which the kernel then reads 32 bits.
			return fmt.Errorf("%v: registers of %v have 32 bits", c, abi)
		}
	}
	return nil
}

// String is the call's name and ABI, or its number where it has no name.
func (k Key) String() string {
	name, ok := syscalls.Name(k.ABI, k.NR)
	if !ok {
		name = strconv.Itoa(k.NR)
	}
	return name + " (" + k.ABI.String() + ")"
}
