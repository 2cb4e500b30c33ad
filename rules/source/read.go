package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Read reads a rule file, or the rule files (*.yaml, *.yml) of a directory in
// the order of their names. Names that begin with a dot are passed over: under
// Kubernetes a mounted ConfigMap keeps its versions there.
func Read(path string) ([]*File, Mistakes) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, Mistakes{unreadable(path, err)}
	}
	if !info.IsDir() {
		return readAll([]string{path})
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, Mistakes{unreadable(path, err)}
	}
	var names []string
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, Mistakes{{Position: Position{path, 1, 1}, Msg: "directory holds no *.yaml or *.yml file"}}
	}
	slices.Sort(names)
	return readAll(names)
}

func readAll(names []string) (files []*File, mistakes Mistakes) {
	for _, name := range names {
		content, err := ReadBounded(name)
		if err != nil {
			mistakes = append(mistakes, unreadable(name, err))
			continue
		}
		f, mistake := NewFile(name, "", content)
		if mistake != nil {
			mistakes = append(mistakes, mistake)
			continue
		}
		files = append(files, f)
	}
	return files, mistakes
}

// ReadBounded reads at most one byte more than a rule file may have, and no
// file that is not regular: a FIFO would block, a device never end.
func ReadBounded(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(name) //nolint:gosec // the user names it
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return io.ReadAll(io.LimitReader(f, MaxFile+1))
}

func unreadable(name string, err error) *Mistake {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &Mistake{Position: Position{name, 1, 1}, Msg: "read rules: " + err.Error()}
}
