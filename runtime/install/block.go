package install

import (
	"fmt"
	"strings"
)

// What callgate install adds to a configuration stands between these lines.
const (
	blockBegin = "# callgate install: begin"
	blockEnd   = "# callgate install: end"
)

// backupSuffix names the copy of a configuration as it was before.
const backupSuffix = ".before-callgate"

// with adds a block to a configuration that has none.
func with(config, block string) string {
	if config != "" && !strings.HasSuffix(config, "\n") {
		config += "\n"
	}
	return config + blockBegin + "\n" + block + blockEnd + "\n"
}

// without takes the block out of the configuration that is in a file.
func without(path, config string) (string, error) {
	var rest strings.Builder
	inside, n := 0, 0 // line of the block's begin
	for line := range strings.Lines(config) {
		n++
		switch strings.TrimSpace(line) {
		case blockBegin:
			if inside != 0 {
				return "", fmt.Errorf("read containerd's configuration: %s:%d: a second %q within the block of line %d", path, n, blockBegin, inside)
			}
			inside = n
			continue
		case blockEnd:
			if inside == 0 {
				return "", fmt.Errorf("read containerd's configuration: %s:%d: %q without its begin", path, n, blockEnd)
			}
			inside = 0
			continue
		}
		if inside == 0 {
			rest.WriteString(line)
		}
	}
	if inside != 0 {
		return "", fmt.Errorf("read containerd's configuration: %s:%d: %q without its end", path, inside, blockBegin)
	}
	return rest.String(), nil
}
