// Package profiles merges filters into containers' seccomp profiles, as texts, and
// remembers the results: containers of a node have few profiles, and to merge one
// takes longer than all else that is done before a container starts.
package profiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
)

// merged is the result of a merge for all containers.
type merged struct {
	text     []byte // without what differs between them
	notifies bool   // a listener is to be named
	own      bool   // the base names a listener, so it can't be for another container
}

func merge(base []byte, f *seccomp.Filter, o oci.Options) (*merged, error) {
	profile, err := decode(base)
	if err != nil {
		return nil, err
	}
	out, err := oci.Merge(profile, f, o)
	if err != nil {
		return nil, fmt.Errorf("merge into linux.seccomp: %w", err)
	}
	if profile == nil && len(out.Syscalls) == 0 {
		return &merged{text: []byte("null")}, nil // still no profile
	}
	m := &merged{own: profile != nil && profile.ListenerPath != "", notifies: out.ListenerPath != ""}
	if m.notifies && !m.own {
		out.ListenerPath, out.ListenerMetadata = "", ""
	}
	if m.text, err = json.Marshal(out); err != nil {
		return nil, fmt.Errorf("encode linux.seccomp: %w", err)
	}
	return m, nil
}

// listener is where a profile's notifications go.
type listener struct {
	Path     string `json:"listenerPath"`
	Metadata string `json:"listenerMetadata,omitempty"`
}

// with is the text with a container's listener.
func (m *merged) with(o oci.Options) ([]byte, error) {
	if !m.notifies || m.own {
		return m.text, nil
	}
	head, err := json.Marshal(listener{o.ListenerPath, o.ListenerMetadata})
	if err != nil {
		return nil, fmt.Errorf("encode linux.seccomp: %w", err)
	}
	// Two objects become one; that of a profile is never empty.
	head[len(head)-1] = ','
	return append(head, m.text[1:]...), nil
}

// decode reads a profile; nil when there is none. A member that is not known
// could change what the profile means, and would be lost.
func decode(text []byte) (*specs.LinuxSeccomp, error) {
	if len(text) == 0 {
		return nil, nil //nolint:nilnil // a container without a profile
	}
	d := json.NewDecoder(bytes.NewReader(text))
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
