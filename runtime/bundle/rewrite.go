package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
)

// Change is what a bundle is rewritten for.
type Change struct {
	Filter  *seccomp.Filter
	Options oci.Options
}

// Rewrite merges a filter into the seccomp profile of the bundle in a
// directory. A bundle that it has rewritten already stays as it is, whatever
// the change is now: the container may have started with it. config.json is
// replaced as a whole or not at all. Errors name the file; a profile that can't
// be merged gives an oci.RefusedError.
func Rewrite(dir string, change Change) error {
	path := filepath.Join(dir, configName)
	text, info, err := load(dir)
	if err != nil {
		return err
	}
	s, err := findSeccomp(text)
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", path, err)
	}
	before, err := readMark(dir)
	if err != nil {
		return err
	}
	if before != nil && before.Result == digest(s.value) {
		return nil
	}
	base, err := decodeProfile(s.value)
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", path, err)
	}
	merged, err := oci.Merge(base, change.Filter, change.Options)
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", path, err)
	}
	if base == nil && len(merged.Syscalls) == 0 {
		return nil // still no profile
	}
	value, err := json.Marshal(merged)
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", path, err)
	}
	out := s.replaced(text, value)
	if len(out) > maxConfig {
		return fmt.Errorf("rewrite %s: it would be larger than %d bytes", path, maxConfig)
	}
	// The mark first: if only that is written, its result is not what stands
	// in config.json, and the next run does all again.
	if err := writeMark(dir, mark{Original: digest(s.value), Result: digest(value)}, info); err != nil {
		return err
	}
	return replace(path, out, info)
}

// decodeProfile reads a profile; nil when there is none. A member that is not
// known could change what the profile means, and would be lost.
func decodeProfile(value []byte) (*specs.LinuxSeccomp, error) {
	if value == nil {
		return nil, nil //nolint:nilnil // a container without a profile
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	var p specs.LinuxSeccomp
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("decode linux.seccomp: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("decode linux.seccomp: something follows it")
	}
	return &p, nil
}
