package install

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Handler is the name of the runtime handler, and runtimeType what makes
// containerd start callgate's shim for it. A handler with runtime_path instead
// would run unsupervised under containerd 1.6, which ignores that key.
const (
	Handler     = "callgate"
	runtimeType = "io.containerd.callgate.v1"
)

// newConfig is how a configuration begins where there is none.
const newConfig = "version = 2\n"

// handler plans the handler: in a drop-in where containerd merges such, else in
// the main configuration.
func (p *Plan) handler(r *record, put putter) error {
	main := DefaultConfig
	if p.o.Config != "" {
		main = p.o.Config
	}
	content, err := p.read(main)
	if err != nil {
		return err
	}
	text, err := without(p.o.path(main), string(content))
	if err != nil {
		return err
	}
	if content == nil {
		text = newConfig
	}
	c, err := parseConfig(p.o.path(main), text)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(c.Disabled, func(name string) bool { return name == "cri" || strings.HasSuffix(name, ".cri") }) {
		p.note("%s:%d: the CRI plugin is disabled, so there are no pods; only ctr and other clients have use for the runtime",
			main, c.line(`^[ \t]*disabled_plugins\s*=`))
	}
	if done, err := p.present(c); done || err != nil {
		return err
	}
	inherited, err := p.effective(c)
	if err != nil {
		return err
	}
	if err := p.options(inherited, put); err != nil {
		return err
	}
	if p.o.Config == "" && p.o.Containerd != nil && p.o.Containerd.DropIns {
		if r.config != "" { // an older containerd was here
			if err := p.restore(r.config); err != nil {
				return err
			}
			r.config = ""
		}
		return put(dropIn, 0o644, []byte("version = 3\n"+block(3, inherited)))
	}
	if err := c.checkEditable(p.o.Root); err != nil {
		return err
	}
	add := block(c.Version, inherited)
	if c.Version == 2 && len(c.handlers()) == 0 {
		add = builtinRunc + add
	}
	edited := with(text, add)
	if _, err := parseConfig(c.path, edited); err != nil {
		return fmt.Errorf("add handler %s: %w", Handler, err)
	}
	if content != nil && text == string(content) { // without a block until now
		p.keep(main, content)
	}
	r.config = main
	p.edited = &Change{Path: main, New: []byte(edited)}
	return p.put(main, 0o644, p.edited.New)
}

// present reports whether an administrator has made the handler already.
func (p *Plan) present(c *config) (bool, error) {
	h := table(c.handlers(), Handler)
	if h == nil {
		return false, nil
	}
	line := c.line(`^[ \t]*\[.*runtimes\.["']?` + Handler + `["']?\s*\]`)
	if h["runtime_type"] != runtimeType {
		return false, c.errorf(line, "a handler %s is there already, and its runtime_type is not %s", Handler, runtimeType)
	}
	if path, _ := h["runtime_path"].(string); path != "" {
		return false, c.errorf(line, "handler %s has a runtime_path, which containerd 1.6 ignores without a word; remove it", Handler)
	}
	p.note("%s:%d has a handler %s already: it stays as it is", c.path, line, Handler)
	return true, nil
}

// effective is the default handler as containerd has it: with imports, where it
// could be asked.
func (p *Plan) effective(c *config) (map[string]any, error) {
	if p.o.Containerd == nil {
		return c.defaultHandler(), nil
	}
	whole, err := parseConfig("containerd config dump", string(p.o.Containerd.Effective))
	if err != nil {
		return nil, err
	}
	return whole.defaultHandler(), nil
}

// inherited are the settings of the default handler that pods notice, so that they
// find under callgate what they find without it.
var inherited = []string{
	"base_runtime_spec", "cni_conf_dir", "cni_max_conf_num", "privileged_without_host_devices",
	"privileged_without_host_devices_all_devices_allowed", "cgroup_writable", "snapshotter", "io_type",
}

// inheritedOptions are those of its options that callgate's shim knows.
var inheritedOptions = []string{
	"BinaryName", "CriuImagePath", "CriuWorkPath", "IoGid", "IoUid", "NoNewKeyring", "NoPivotRoot", "Root", "ShimCgroup", "SystemdCgroup",
}

// builtinRunc is the handler that containerd 1.x has as long as its configuration
// names none at all.
const builtinRunc = `# The built-in handler, which containerd 1.x drops when another one is named.
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
`

// block is the handler's tables. Its options are in a file of their own: containerd
// 1.6 passes nothing else to a runtime type that it does not know.
func block(version int, from map[string]any) string {
	name := fmt.Sprintf("plugins.%q.containerd.runtimes.%s", criPlugin(version), Handler)
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n  runtime_type = %q\n", name, runtimeType)
	b.WriteString("  pod_annotations = [\"callgate.dev/*\"]\n  container_annotations = [\"callgate.dev/*\"]\n")
	for _, line := range settings(from, inherited) {
		b.WriteString("  " + line)
	}
	fmt.Fprintf(&b, "[%s.options]\n  ConfigPath = %q\n", name, optionsFile)
	return b.String()
}

// settings are the lines of those keys whose values are not empty.
func settings(from map[string]any, keys []string) (lines []string) {
	for _, key := range keys {
		v, ok := from[key]
		if !ok || v == nil || reflect.ValueOf(v).IsZero() {
			continue
		}
		line, err := toml.Marshal(map[string]any{key: v})
		if err == nil { // it was TOML before
			lines = append(lines, string(line))
		}
	}
	return lines
}

// options plans the handler's options, unless the node has some.
func (p *Plan) options(from map[string]any, put putter) error {
	text := `# Options of containerd's runtime handler callgate, read at the start of each
# container. "hold" lets containers wait for a daemon that is not there.
when_unavailable = "require"
`
	if t, _ := from["runtime_type"].(string); t == "io.containerd.runc.v2" {
		if lines := settings(table(from, "options"), inheritedOptions); len(lines) > 0 {
			text += "\n# As containerd's default handler has them.\n" + strings.Join(lines, "")
		}
	}
	old, err := p.read(optionsFile)
	if err != nil {
		return err
	}
	if old != nil && string(old) != text {
		p.note("%s stays as it is", optionsFile)
		return nil
	}
	return put(optionsFile, 0o644, []byte(text))
}
