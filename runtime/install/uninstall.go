package install

import (
	"bytes"
	"maps"
	"slices"
)

// Uninstall plans the removal of what Install has written. A file that was changed
// since is left, with a note.
func Uninstall(o Options) (*Plan, error) {
	p := &Plan{o: o}
	r, err := readRecord(o)
	if err != nil {
		return nil, err
	}
	for _, config := range slices.Compact([]string{r.config, o.Config}) {
		if config == "" {
			continue
		}
		if err := p.restore(config); err != nil {
			return nil, err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(r.sums)) {
		content, err := p.read(path)
		switch {
		case err != nil:
			return nil, err
		case content == nil:
		case sumOf(content) != r.sums[path]:
			p.note("%s was changed since callgate was installed: it stays", path)
		default:
			if err := p.remove(path); err != nil {
				return nil, err
			}
		}
	}
	return p, p.remove(recordFile)
}

// restore takes the handler out of containerd's configuration: what was there
// before comes back, with what was changed since.
func (p *Plan) restore(config string) error {
	current, err := p.read(config)
	if err != nil || current == nil {
		return err
	}
	backup, err := p.read(config + backupSuffix)
	if err != nil {
		return err
	}
	rest, err := without(p.o.path(config), string(current))
	if err != nil {
		return err
	}
	trim := func(b []byte) []byte { return bytes.TrimRight(b, "\n") }
	switch {
	case backup == nil && bytes.Equal(trim([]byte(rest)), trim([]byte(newConfig))):
		return p.remove(config)
	case backup != nil && bytes.Equal(trim([]byte(rest)), trim(backup)):
		if err := p.put(config, 0, backup); err != nil {
			return err
		}
		return p.remove(config + backupSuffix)
	case backup != nil:
		p.note("%s was changed since callgate was installed: only the handler is taken out, and the backup %s stays", config, config+backupSuffix)
	}
	return p.put(config, 0, []byte(rest))
}
