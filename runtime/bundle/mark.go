package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/callgate/callgate/internal/replace"
)

// markName is the file beside config.json by which a rewritten bundle is
// recognised. It is not in config.json, because whoever writes a pod's spec can
// choose its annotations and its profile.
const markName = "callgate.json"

// mark tells what a bundle was rewritten from and to: digests of the section
// linux.seccomp, "" for none.
type mark struct {
	Original string `json:"original"`
	Result   string `json:"result"`
}

// digest names a section by its bytes.
func digest(value []byte) string {
	if value == nil {
		return ""
	}
	sum := sha256.Sum256(value)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// readMark is the bundle's mark, or nil.
func readMark(dir string) (*mark, error) {
	path := filepath.Join(dir, markName)
	raw, _, err := readPlain(path, 4096)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // it was not rewritten
	}
	if err != nil {
		return nil, err
	}
	var m mark
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	if m.Result == "" {
		return nil, fmt.Errorf("decode %s: it names no result", path)
	}
	return &m, nil
}

func writeMark(dir string, m mark, like os.FileInfo) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	return replace.File(filepath.Join(dir, markName), append(raw, '\n'), like)
}
