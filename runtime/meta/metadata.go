package meta

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Metadata is the identity of a container as callgate writes it into the
// profile's listenerMetadata. The runtime passes it on with every listener; it
// is the only identity that all runtimes send with an exec (crun sends pid 0 and
// bundle "." there).
type Metadata struct {
	ID        string `json:"id"`
	Namespace string `json:"namespace,omitempty"`
}

// maxMetadata bounds what is read as metadata, in bytes.
const maxMetadata = 4096

// String is the metadata in the form that ParseMetadata reads.
func (m Metadata) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // two strings
	}
	return string(b)
}

// ParseMetadata reads listenerMetadata. It fails on metadata that callgate has
// not written, such as that of a profile which names callgate's socket by hand.
func ParseMetadata(s string) (Metadata, error) {
	var m Metadata
	if len(s) > maxMetadata {
		return m, fmt.Errorf("read listener metadata: %d bytes are more than %d", len(s), maxMetadata)
	}
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return Metadata{}, fmt.Errorf("read listener metadata: %w", err)
	}
	if m.ID == "" {
		return Metadata{}, errors.New("read listener metadata: it names no container")
	}
	return m, nil
}
