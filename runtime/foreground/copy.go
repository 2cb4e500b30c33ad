package foreground

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/callgate/callgate/runtime/bundle"
)

// copyBundle writes the config.json of a bundle into another directory. Unknown
// members survive. Args replace the command unless there are none.
func copyBundle(dir, from string, args []string) error {
	text, err := bundle.Config(from)
	if err != nil {
		return err
	}
	facts, err := bundle.Read(from)
	if err != nil {
		return err
	}
	var config map[string]json.RawMessage
	if err := json.Unmarshal(text, &config); err != nil {
		return fmt.Errorf("copy bundle %s: %w", from, err)
	}
	// A relative path of the root is one in the bundle.
	if err := setMember(config, "root", "path", facts.Rootfs); err != nil {
		return fmt.Errorf("copy bundle %s: %w", from, err)
	}
	if len(args) > 0 {
		if err := setMember(config, "process", "args", args); err != nil {
			return fmt.Errorf("copy bundle %s: %w", from, err)
		}
	}
	return writeConfig(dir, config)
}

// setMember sets a member of an object that is a member of config.
func setMember(config map[string]json.RawMessage, object, member string, value any) error {
	members := map[string]json.RawMessage{}
	if text, ok := config[object]; ok {
		if err := json.Unmarshal(text, &members); err != nil {
			return fmt.Errorf("decode %s: %w", object, err)
		}
	}
	var err error
	if members[member], err = json.Marshal(value); err != nil {
		return fmt.Errorf("encode %s: %w", member, err)
	}
	if config[object], err = json.Marshal(members); err != nil {
		return fmt.Errorf("encode %s: %w", object, err)
	}
	return nil
}

func writeConfig(dir string, config any) error {
	text, err := json.Marshal(config)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// findRuntime finds the OCI runtime: the one that is named, else runc, else crun.
func findRuntime(name string) (string, error) {
	names := []string{name}
	if name == "" {
		names = []string{"runc", "crun"}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		} else if len(names) == 1 {
			return "", fmt.Errorf("find runtime: %w", err)
		}
	}
	return "", fmt.Errorf("find runtime: neither runc nor crun is in PATH; install one, or name it with --runtime")
}
