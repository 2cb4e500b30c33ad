package install

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// config is what matters in one of containerd's configurations.
type config struct {
	path     string
	text     string
	Version  int                       `toml:"version"`
	Imports  []string                  `toml:"imports"`
	Disabled []string                  `toml:"disabled_plugins"`
	Plugins  map[string]map[string]any `toml:"plugins"`
}

// parseConfig reads a configuration. Its errors name file and line.
func parseConfig(path, text string) (*config, error) {
	c := &config{path: path, text: text}
	err := toml.Unmarshal([]byte(text), c)
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, _ := bad.Position()
		return nil, c.errorf(row, "%s", strings.TrimPrefix(bad.Error(), "toml: "))
	}
	if err != nil {
		return nil, c.errorf(0, "%v", err)
	}
	return c, nil
}

// errorf is an error about a line, 0 for the whole file.
func (c *config) errorf(line int, format string, args ...any) error {
	place := c.path
	if line > 0 {
		place = fmt.Sprintf("%s:%d", c.path, line)
	}
	return fmt.Errorf("read containerd's configuration: %s: %w", place, fmt.Errorf(format, args...))
}

// line is the first line that a pattern matches, 0 when none does.
func (c *config) line(pattern string) int {
	at := regexp.MustCompile(`(?m)` + pattern).FindStringIndex(c.text)
	if at == nil {
		return 0
	}
	return strings.Count(c.text[:at[0]], "\n") + 1
}

// criPlugin is the name of the CRI plugin that knows handlers, for a version of
// the configuration's format: 2 in containerd 1.x, 3 from 2.0 on, 4 from 2.3 on.
func criPlugin(version int) string {
	if version < 3 {
		return "io.containerd.grpc.v1.cri"
	}
	return "io.containerd.cri.v1.runtime"
}

// table descends into tables by their names; nil when one is not there.
func table(t map[string]any, names ...string) map[string]any {
	for _, name := range names {
		t, _ = t[name].(map[string]any)
	}
	return t
}

// handlers are the runtime handlers of the CRI plugin.
func (c *config) handlers() map[string]any {
	return table(c.Plugins[criPlugin(c.Version)], "containerd", "runtimes")
}

// defaultHandler is the handler of pods without a runtime class.
func (c *config) defaultHandler() map[string]any {
	name, ok := table(c.Plugins[criPlugin(c.Version)], "containerd")["default_runtime_name"].(string)
	if !ok || name == "" {
		name = "runc"
	}
	return table(c.handlers(), name)
}

// checkEditable reports why a handler can't be added to this file.
func (c *config) checkEditable(root string) error {
	switch {
	case c.Version == 0:
		return c.errorf(1, "it has no version, so containerd takes it for version 1, in which handlers are no tables of the CRI plugin; migrate it (containerd config migrate)")
	case c.Version < 2 || c.Version > 4:
		return c.errorf(c.line(`^[ \t]*version\s*=`), "version %d is not known (2 to 4 are)", c.Version)
	case c.Version > 2:
		return nil
	}
	for _, pattern := range c.Imports {
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(c.path), pattern)
		} else {
			pattern = filepath.Join(root, pattern)
		}
		files, err := filepath.Glob(pattern)
		if err != nil {
			return c.errorf(c.line(`^[ \t]*imports\s*=`), "imports: %w", err)
		}
		for _, file := range files {
			if err := c.checkImport(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkImport refuses an import that would hide the handler: containerd 1.x takes
// the CRI plugin's table whole from the last file that has one.
func (c *config) checkImport(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read containerd's configuration: %w", err)
	}
	imported, err := parseConfig(file, string(text))
	if err != nil {
		return err
	}
	if imported.Plugins[criPlugin(2)] != nil {
		return c.errorf(c.line(`^[ \t]*imports\s*=`),
			"containerd 1.x replaces this file's table of the CRI plugin by that of %s, which it imports; install into that file (--containerd-config %s)", file, file)
	}
	return nil
}
