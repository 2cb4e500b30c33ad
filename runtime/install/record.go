package install

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// record is what callgate install has written, so that uninstall removes that and
// nothing else. As a file it is one that sha256sum -c reads.
type record struct {
	sums   map[string]string // by path on the node
	config string            // containerd's configuration that was edited; empty: none
}

const configPrefix = "# edited: "

func readRecord(o Options) (*record, error) {
	text, err := (&Plan{o: o}).read(recordFile)
	if err != nil {
		return nil, err
	}
	r := &record{sums: map[string]string{}}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if config, ok := strings.CutPrefix(line, configPrefix); ok {
			r.config = config
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		sum, path, ok := strings.Cut(line, "  ")
		if b, err := hex.DecodeString(sum); !ok || err != nil || len(b) != sha256.Size {
			return nil, fmt.Errorf("read record of callgate install: %s:%d: not a line of SHA256SUM  PATH", o.path(recordFile), n)
		}
		r.sums[path] = sum
	}
	return r, nil
}

func (r *record) add(path string, content []byte) { r.sums[path] = sumOf(content) }

func (r *record) text() []byte {
	var b bytes.Buffer
	b.WriteString("# What callgate install has written. callgate uninstall removes what is still so.\n")
	if r.config != "" {
		b.WriteString(configPrefix + r.config + "\n")
	}
	for _, path := range slices.Sorted(maps.Keys(r.sums)) {
		fmt.Fprintf(&b, "%s  %s\n", r.sums[path], path)
	}
	return b.Bytes()
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
